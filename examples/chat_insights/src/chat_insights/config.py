from functools import lru_cache
from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_file=".env", extra="ignore")

    app_name: str = "Chat Insights API"
    environment: str = "development"
    log_level: str = "INFO"

    database_url: str = "sqlite:///./chat_insights.db"
    db_pool_size: int = 5
    db_max_overflow: int = 10
    sql_echo: bool = False

    auth_secret: str = "change-me"

    upload_dir: Path = Path("./uploads")
    max_upload_bytes: int = 10 * 1024 * 1024
    # Exports larger than this are parsed by a Celery worker, not in the request.
    inline_parse_limit_bytes: int = 512 * 1024

    celery_broker_url: str = "memory://"  # redis://... in production
    celery_task_always_eager: bool = True

    external_latency_ms: int = 50
    rag_top_k: int = 4

    signup_bonus_credits: int = 10
    legacy_insight_cost: int = 1
    razorpay_webhook_secret: str = "razorpay-secret"
    stripe_webhook_secret: str = "stripe-secret"

    @property
    def async_database_url(self) -> str:
        url = self.database_url
        if url.startswith("sqlite://"):
            return url.replace("sqlite://", "sqlite+aiosqlite://", 1)
        if url.startswith("postgresql://"):
            return url.replace("postgresql://", "postgresql+asyncpg://", 1)
        return url

    @property
    def is_sqlite(self) -> bool:
        return self.database_url.startswith("sqlite")


@lru_cache
def get_settings() -> Settings:
    return Settings()


settings = get_settings()
