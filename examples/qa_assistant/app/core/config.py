from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_file=".env", extra="ignore")

    PROJECT_NAME: str = "QA Assistant"
    API_V1_STR: str = "/api/v1"
    SECRET_KEY: str = "change-me-to-something-of-32-bytes"
    ACCESS_TOKEN_EXPIRE_MINUTES: int = 60 * 24

    DATABASE_URL: str = "sqlite:///./qa_assistant.db"
    UPLOAD_DIR: Path = Path("./uploads")

    OPENAI_API_KEY: str = "sk-local"
    OPENAI_BASE_URL: str = "https://api.openai.com/v1"
    OPENAI_MODEL: str = "gpt-4o-mini"

    FIRST_SUPERUSER: str = "admin@example.com"
    FIRST_SUPERUSER_PASSWORD: str = "change-me"


settings = Settings()
