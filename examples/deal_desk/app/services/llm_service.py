import logging
import time

from openai import APIConnectionError, APIStatusError, OpenAI

from app.config import settings

logger = logging.getLogger(__name__)

client = OpenAI(
    api_key=settings.openai_api_key,
    base_url=settings.openai_base_url,
    max_retries=0,
    timeout=30.0,
)

DEFAULT_SYSTEM = "You help a sales team. Answer in plain sentences."


class LLMError(Exception):
    """The model gave no answer, also after the last attempt."""


def ask_openai(user_content: str, system_content: str = DEFAULT_SYSTEM) -> str:
    """One answer of the model. Rate limits and server errors are tried again."""
    for attempt in range(1, settings.llm_attempts + 1):
        try:
            response = client.chat.completions.create(
                model=settings.openai_model,
                messages=[
                    {"role": "system", "content": system_content},
                    {"role": "user", "content": user_content},
                ],
                temperature=0.2,
            )
        except APIConnectionError as exc:
            logger.warning("Attempt %d: %s", attempt, exc)
        except APIStatusError as exc:
            if exc.status_code != 429 and exc.status_code < 500:
                raise LLMError(str(exc)) from exc
            logger.warning("Attempt %d: HTTP %d", attempt, exc.status_code)
        else:
            return response.choices[0].message.content or ""
        if attempt < settings.llm_attempts:
            time.sleep(settings.llm_backoff_seconds * attempt)
    raise LLMError(f"No answer after {settings.llm_attempts} attempts")
