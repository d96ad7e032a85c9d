"""Everything that is kept: rows in Supabase's tables, audio in its storage."""

import logging
from typing import Any

from supabase import Client, create_client

from src.config import settings
from src.models import Child, Hero, Story, StoryStatus

logger = logging.getLogger(__name__)


class SupabaseClient:
    def __init__(self, url: str | None = None, key: str | None = None) -> None:
        url = url or settings.supabase_url
        key = key or settings.supabase_key
        if not url or not key:
            raise ValueError("SUPABASE_URL and SUPABASE_KEY are not set")
        self.client: Client = create_client(url, key)
        self.bucket = settings.audio_bucket

    # accounts

    def get_user_id(self, token: str) -> str | None:
        response = self.client.auth.get_user(token)
        return response.user.id if response else None

    # children

    def save_child(self, child: Child) -> Child:
        row = child.model_dump(mode="json")
        response = self.client.table("children").insert(row).execute()
        return Child(**response.data[0])

    def get_child(self, child_id: str, user_id: str) -> Child | None:
        response = (
            self.client.table("children")
            .select("*")
            .eq("id", child_id)
            .eq("user_id", user_id)
            .execute()
        )
        return Child(**response.data[0]) if response.data else None

    def get_all_children(self, user_id: str) -> list[Child]:
        query = self.client.table("children").select("*").eq("user_id", user_id)
        return [Child(**row) for row in query.order("name").execute().data]

    def delete_child(self, child_id: str, user_id: str) -> bool:
        query = self.client.table("children").delete().eq("id", child_id)
        return bool(query.eq("user_id", user_id).execute().data)

    # heroes

    def save_hero(self, hero: Hero) -> Hero:
        row = hero.model_dump(mode="json")
        response = self.client.table("heroes").insert(row).execute()
        return Hero(**response.data[0])

    def get_hero(self, hero_id: str, user_id: str) -> Hero | None:
        query = self.client.table("heroes").select("*").eq("id", hero_id)
        rows = query.eq("user_id", user_id).execute().data
        return Hero(**rows[0]) if rows else None

    def get_all_heroes(self, user_id: str) -> list[Hero]:
        query = self.client.table("heroes").select("*").eq("user_id", user_id)
        return [Hero(**row) for row in query.order("name").execute().data]

    def update_hero(self, hero: Hero) -> Hero | None:
        values = hero.model_dump(mode="json", exclude={"id", "user_id"})
        query = self.client.table("heroes").update(values).eq("id", hero.id)
        rows = query.eq("user_id", hero.user_id).execute().data
        return Hero(**rows[0]) if rows else None

    def delete_hero(self, hero_id: str, user_id: str) -> bool:
        query = self.client.table("heroes").delete().eq("id", hero_id)
        return bool(query.eq("user_id", user_id).execute().data)

    # stories

    def save_story(self, story: Story) -> Story:
        row = story.model_dump(mode="json")
        response = self.client.table("stories").upsert(row).execute()
        return Story(**response.data[0])

    def get_story(self, story_id: str, user_id: str) -> Story | None:
        rows = self._stories(user_id, id=story_id)
        return rows[0] if rows else None

    def get_all_stories(self, user_id: str) -> list[Story]:
        return self._stories(user_id)

    def get_stories_by_child(self, child_name: str, user_id: str) -> list[Story]:
        return self._stories(user_id, child_name=child_name)

    def get_stories_by_child_id(self, child_id: str, user_id: str) -> list[Story]:
        return self._stories(user_id, child_id=child_id)

    def get_stories_by_language(self, language: str, user_id: str) -> list[Story]:
        return self._stories(user_id, language=language)

    def update_story_rating(
        self, story_id: str, user_id: str, rating: int
    ) -> Story | None:
        return self._update_story(story_id, user_id, {"rating": rating})

    def update_story_status(
        self, story_id: str, user_id: str, status: StoryStatus
    ) -> Story | None:
        return self._update_story(story_id, user_id, {"status": status.value})

    def delete_story(self, story_id: str, user_id: str) -> bool:
        query = self.client.table("stories").delete().eq("id", story_id)
        return bool(query.eq("user_id", user_id).execute().data)

    def _stories(self, user_id: str, **wanted: str) -> list[Story]:
        query = self.client.table("stories").select("*").eq("user_id", user_id)
        for column, value in wanted.items():
            query = query.eq(column, value)
        response = query.order("created_at", desc=True).execute()
        return [Story(**row) for row in response.data]

    def _update_story(
        self, story_id: str, user_id: str, values: dict[str, Any]
    ) -> Story | None:
        query = self.client.table("stories").update(values).eq("id", story_id)
        rows = query.eq("user_id", user_id).execute().data
        return Story(**rows[0]) if rows else None

    # audio

    def upload_audio_file(self, data: bytes, path: str) -> str | None:
        try:
            self.client.storage.from_(self.bucket).upload(
                path, data, {"content-type": "audio/mpeg", "upsert": "true"}
            )
        except Exception:
            logger.exception("The audio could not be stored")
            return None
        return self.get_audio_file_url(path)

    def get_audio_file_url(self, path: str) -> str:
        return self.client.storage.from_(self.bucket).get_public_url(path)
