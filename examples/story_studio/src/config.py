from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_file=".env", extra="ignore")

    log_level: str = "INFO"

    openrouter_api_key: str = ""
    openrouter_base_url: str = "https://openrouter.ai/api/v1"
    openrouter_model: str = "openai/gpt-4o-mini"
    openrouter_attempts: int = 3
    openrouter_retry_delay: float = 1.0

    supabase_url: str = ""
    supabase_key: str = ""
    audio_bucket: str = "tales"

    elevenlabs_api_key: str = ""
    elevenlabs_base_url: str = "https://api.elevenlabs.io"
    default_voice_provider: str = "elevenlabs"


settings = Settings()
