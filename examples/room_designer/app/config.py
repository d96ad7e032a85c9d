from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_file=".env", extra="ignore")

    database_url: str = "sqlite+aiosqlite:///./room_designer.db"
    access_secret: str = "change-me"
    cors_origins: list[str] = ["http://localhost:3000"]

    anthropic_api_key: str = "sk-ant-local"
    anthropic_base_url: str = "https://api.anthropic.com"
    claude_model: str = "claude-3-5-sonnet-latest"

    fal_model: str = "fal-ai/flux/dev/image-to-image"
    fal_poll_seconds: float = 0.5

    s3_endpoint_url: str | None = None
    s3_bucket: str = "room-designer"
    s3_region: str = "eu-central-1"
    aws_access_key_id: str = "local"
    aws_secret_access_key: str = "local"

    max_image_bytes: int = 8 * 1024 * 1024


settings = Settings()
