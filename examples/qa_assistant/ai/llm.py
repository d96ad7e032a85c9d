from openai import OpenAI

from app.core.config import settings

client = OpenAI(
    api_key=settings.OPENAI_API_KEY, base_url=settings.OPENAI_BASE_URL, max_retries=1
)


def complete(system: str, text: str) -> str:
    """One answer of the model."""
    response = client.chat.completions.create(
        model=settings.OPENAI_MODEL,
        messages=[
            {"role": "system", "content": system},
            {"role": "user", "content": text},
        ],
    )
    return response.choices[0].message.content or ""
