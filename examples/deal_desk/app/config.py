from functools import lru_cache

from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_file=".env", extra="ignore")

    app_name: str = "Deal Desk API"
    log_level: str = "INFO"
    port: int = 8000
    cors_origins: list[str] = ["http://localhost:3000"]

    mongo_uri: str = "mongodb://localhost:27017"
    mongo_database: str = "deal_desk"

    openai_api_key: str = "sk-local"
    openai_base_url: str = "https://api.openai.com/v1"
    openai_model: str = "gpt-4o-mini"
    llm_attempts: int = 3
    llm_backoff_seconds: float = 0.5

    hubspot_base_url: str = "https://api.hubapi.com"
    hubspot_token: str = "pat-local"
    hubspot_timeout: float = 10.0

    digest_path: str = "/var/lib/deal-desk/digest.jsonl"


@lru_cache
def get_settings() -> Settings:
    return Settings()


settings = get_settings()
