from src.voice_providers.base_provider import VoiceProvider


class MockProvider(VoiceProvider):
    """Silence, for development and as the last resort."""

    name = "mock"

    def is_configured(self) -> bool:
        return True

    def generate_speech(self, text: str, language: str) -> bytes | None:
        return b"mock:" + text[:20].encode()
