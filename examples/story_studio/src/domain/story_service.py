from datetime import datetime, timezone
from uuid import uuid4

from src.models import Child, Story, StoryRequest, StoryStatus
from src.openrouter_client import StoryGenerationResult


class StoryService:
    """What a story is; pure logic."""

    def split_title(self, content: str) -> tuple[str, str]:
        title, _, text = content.strip().partition("\n")
        title = title.strip("#* ").removeprefix("Title:").strip()
        return title or "A story", text.strip() or title

    def create_story(
        self,
        user_id: str,
        child: Child,
        request: StoryRequest,
        result: StoryGenerationResult,
    ) -> Story:
        title, text = self.split_title(result.content)
        return Story(
            id=uuid4().hex,
            user_id=user_id,
            child_id=child.id,
            child_name=child.name,
            title=title,
            content=text,
            moral=request.moral,
            language=request.language,
            model=result.model,
            cost=result.cost,
            created_at=datetime.now(timezone.utc),
        )

    def can_change_status(self, story: Story, status: StoryStatus) -> bool:
        return story.status != StoryStatus.ARCHIVED or status == StoryStatus.ARCHIVED
