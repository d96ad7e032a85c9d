"""Stories from a model behind OpenRouter, which speaks OpenAI's API."""

import logging
import time
from dataclasses import dataclass

import httpx
from openai import APIError, OpenAI

from src.config import settings

logger = logging.getLogger(__name__)


class StoryGenerationError(Exception):
    pass


@dataclass
class StoryGenerationResult:
    content: str
    model: str
    generation_id: str
    cost: float | None = None


class OpenRouterClient:
    def __init__(self, api_key: str | None = None) -> None:
        self.api_key = api_key or settings.openrouter_api_key
        if not self.api_key:
            raise ValueError("OPENROUTER_API_KEY is not set")
        self.base_url = settings.openrouter_base_url
        self.client = OpenAI(
            base_url=self.base_url, api_key=self.api_key, max_retries=0
        )

    def fetch_generation_info(self, generation_id: str) -> dict | None:
        """What a generation cost; None when OpenRouter does not tell."""
        try:
            response = httpx.get(
                f"{self.base_url}/generation",
                params={"id": generation_id},
                headers={"Authorization": f"Bearer {self.api_key}"},
                timeout=10.0,
            )
            response.raise_for_status()
        except httpx.HTTPError as exc:
            logger.warning("No generation info for %s: %s", generation_id, exc)
            return None
        return response.json()["data"]

    def generate_story(
        self, prompt: str, model: str | None = None, max_tokens: int = 1500
    ) -> StoryGenerationResult:
        model = model or settings.openrouter_model
        delay = settings.openrouter_retry_delay
        last_error: Exception | None = None
        for attempt in range(settings.openrouter_attempts):
            if attempt > 0:
                logger.info("Attempt %d in %.1f s", attempt + 1, delay)
                time.sleep(delay)
                delay *= 2
            try:
                response = self.client.chat.completions.create(
                    model=model,
                    messages=[{"role": "user", "content": prompt}],
                    max_tokens=max_tokens,
                    temperature=0.8,
                )
                content = response.choices[0].message.content
                if not content:
                    raise StoryGenerationError("The model wrote nothing")
                info = self.fetch_generation_info(response.id)
                return StoryGenerationResult(
                    content=content,
                    model=response.model,
                    generation_id=response.id,
                    cost=info["total_cost"] if info else None,
                )
            except (APIError, StoryGenerationError) as exc:
                logger.warning("Attempt %d failed: %s", attempt + 1, exc)
                last_error = exc
        raise StoryGenerationError(f"No story: {last_error}")
