import logging
from uuid import uuid4

from fastapi import APIRouter, Depends, HTTPException, status

from src.api.dependencies import (
    get_openrouter,
    get_supabase,
    get_user_id,
    voice_service,
)
from src.domain.prompt_service import PromptService
from src.domain.story_service import StoryService
from src.models import (
    AudioIn,
    Child,
    ChildIn,
    Hero,
    HeroIn,
    Language,
    RatingIn,
    StatusIn,
    Story,
    StoryRequest,
)
from src.openrouter_client import OpenRouterClient, StoryGenerationError
from src.supabase_client import SupabaseClient

logger = logging.getLogger(__name__)

router = APIRouter()
prompt_service = PromptService()
story_service = StoryService()


def not_found(what: str) -> HTTPException:
    return HTTPException(status.HTTP_404_NOT_FOUND, f"{what} not found")


def add_audio(
    supabase: SupabaseClient, story: Story, provider_name: str | None
) -> str | None:
    """The URL of the story read aloud, or None when nobody could read it."""
    audio = voice_service.generate_audio(
        story.content, story.language.value, provider_name
    )
    if audio.data is None:
        return None
    path = f"{story.user_id}/{story.id}.mp3"
    return supabase.upload_audio_file(audio.data, path)


@router.post("/generate-story", response_model=Story, status_code=201)
async def generate_story(
    request: StoryRequest,
    user_id: str = Depends(get_user_id),
    supabase: SupabaseClient = Depends(get_supabase),
    openrouter: OpenRouterClient = Depends(get_openrouter),
):
    child = supabase.get_child(request.child_id, user_id)
    if child is None:
        raise not_found("Child")
    hero = None
    if request.hero_id:
        hero = supabase.get_hero(request.hero_id, user_id)
        if hero is None:
            raise not_found("Hero")

    prompt = prompt_service.story_prompt(
        child, hero, request.moral, request.language, request.minutes
    )
    try:
        result = openrouter.generate_story(prompt)
    except StoryGenerationError as exc:
        raise HTTPException(status.HTTP_502_BAD_GATEWAY, str(exc)) from exc

    story = story_service.create_story(user_id, child, request, result)
    if request.generate_audio:
        story.audio_url = add_audio(supabase, story, request.voice_provider)
    return supabase.save_story(story)


@router.get("/stories", response_model=list[Story])
async def get_stories(
    user_id: str = Depends(get_user_id),
    supabase: SupabaseClient = Depends(get_supabase),
):
    return supabase.get_all_stories(user_id)


@router.get("/stories/child/{child_id}", response_model=list[Story])
async def get_stories_by_child_id(
    child_id: str,
    user_id: str = Depends(get_user_id),
    supabase: SupabaseClient = Depends(get_supabase),
):
    return supabase.get_stories_by_child_id(child_id, user_id)


@router.get("/stories/child-name/{name}", response_model=list[Story])
async def get_stories_by_child(
    name: str,
    user_id: str = Depends(get_user_id),
    supabase: SupabaseClient = Depends(get_supabase),
):
    return supabase.get_stories_by_child(name, user_id)


@router.get("/stories/language/{language}", response_model=list[Story])
async def get_stories_by_language(
    language: Language,
    user_id: str = Depends(get_user_id),
    supabase: SupabaseClient = Depends(get_supabase),
):
    return supabase.get_stories_by_language(language.value, user_id)


@router.get("/stories/{story_id}", response_model=Story)
async def get_story(
    story_id: str,
    user_id: str = Depends(get_user_id),
    supabase: SupabaseClient = Depends(get_supabase),
):
    story = supabase.get_story(story_id, user_id)
    if story is None:
        raise not_found("Story")
    return story


@router.put("/stories/{story_id}/rating", response_model=Story)
async def rate_story(
    story_id: str,
    payload: RatingIn,
    user_id: str = Depends(get_user_id),
    supabase: SupabaseClient = Depends(get_supabase),
):
    story = supabase.update_story_rating(story_id, user_id, payload.rating)
    if story is None:
        raise not_found("Story")
    return story


@router.put("/stories/{story_id}/status", response_model=Story)
async def set_story_status(
    story_id: str,
    payload: StatusIn,
    user_id: str = Depends(get_user_id),
    supabase: SupabaseClient = Depends(get_supabase),
):
    story = supabase.get_story(story_id, user_id)
    if story is None:
        raise not_found("Story")
    if not story_service.can_change_status(story, payload.status):
        raise HTTPException(status.HTTP_409_CONFLICT, "The story is archived")
    return supabase.update_story_status(story_id, user_id, payload.status)


@router.post("/stories/{story_id}/audio", response_model=Story)
async def read_story_aloud(
    story_id: str,
    payload: AudioIn,
    user_id: str = Depends(get_user_id),
    supabase: SupabaseClient = Depends(get_supabase),
):
    story = supabase.get_story(story_id, user_id)
    if story is None:
        raise not_found("Story")
    story.audio_url = add_audio(supabase, story, payload.voice_provider)
    if story.audio_url is None:
        raise HTTPException(status.HTTP_502_BAD_GATEWAY, "Nobody could read it")
    return supabase.save_story(story)


@router.delete("/stories/{story_id}", status_code=204)
async def delete_story(
    story_id: str,
    user_id: str = Depends(get_user_id),
    supabase: SupabaseClient = Depends(get_supabase),
):
    if not supabase.delete_story(story_id, user_id):
        raise not_found("Story")


@router.post("/children", response_model=Child, status_code=201)
async def create_child(
    payload: ChildIn,
    user_id: str = Depends(get_user_id),
    supabase: SupabaseClient = Depends(get_supabase),
):
    child = Child(**payload.model_dump(), id=uuid4().hex, user_id=user_id)
    return supabase.save_child(child)


@router.get("/children", response_model=list[Child])
async def get_children(
    user_id: str = Depends(get_user_id),
    supabase: SupabaseClient = Depends(get_supabase),
):
    return supabase.get_all_children(user_id)


@router.get("/children/{child_id}", response_model=Child)
async def get_child(
    child_id: str,
    user_id: str = Depends(get_user_id),
    supabase: SupabaseClient = Depends(get_supabase),
):
    child = supabase.get_child(child_id, user_id)
    if child is None:
        raise not_found("Child")
    return child


@router.delete("/children/{child_id}", status_code=204)
async def delete_child(
    child_id: str,
    user_id: str = Depends(get_user_id),
    supabase: SupabaseClient = Depends(get_supabase),
):
    if not supabase.delete_child(child_id, user_id):
        raise not_found("Child")


@router.post("/heroes", response_model=Hero, status_code=201)
async def create_hero(
    payload: HeroIn,
    user_id: str = Depends(get_user_id),
    supabase: SupabaseClient = Depends(get_supabase),
):
    hero = Hero(**payload.model_dump(), id=uuid4().hex, user_id=user_id)
    return supabase.save_hero(hero)


@router.get("/heroes", response_model=list[Hero])
async def get_heroes(
    user_id: str = Depends(get_user_id),
    supabase: SupabaseClient = Depends(get_supabase),
):
    return supabase.get_all_heroes(user_id)


@router.put("/heroes/{hero_id}", response_model=Hero)
async def update_hero(
    hero_id: str,
    payload: HeroIn,
    user_id: str = Depends(get_user_id),
    supabase: SupabaseClient = Depends(get_supabase),
):
    hero = Hero(**payload.model_dump(), id=hero_id, user_id=user_id)
    updated = supabase.update_hero(hero)
    if updated is None:
        raise not_found("Hero")
    return updated


@router.delete("/heroes/{hero_id}", status_code=204)
async def delete_hero(
    hero_id: str,
    user_id: str = Depends(get_user_id),
    supabase: SupabaseClient = Depends(get_supabase),
):
    if not supabase.delete_hero(hero_id, user_id):
        raise not_found("Hero")
