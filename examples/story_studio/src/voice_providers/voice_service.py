import logging
from dataclasses import dataclass

from src.config import settings
from src.voice_providers.base_provider import VoiceProvider
from src.voice_providers.elevenlabs_provider import ElevenLabsProvider
from src.voice_providers.mock_provider import MockProvider

logger = logging.getLogger(__name__)


@dataclass
class AudioResult:
    data: bytes | None
    provider: str | None


class VoiceService:
    """Reads a text aloud; when a provider fails, another one does."""

    def __init__(self) -> None:
        self.providers: dict[str, VoiceProvider] = {}
        for provider in (ElevenLabsProvider(), MockProvider()):
            self.register(provider)

    def register(self, provider: VoiceProvider) -> None:
        self.providers[provider.name] = provider

    def generate_audio(
        self, text: str, language: str, provider_name: str | None = None
    ) -> AudioResult:
        name = provider_name or settings.default_voice_provider
        provider = self.providers.get(name)
        if provider and provider.is_configured() and provider.supports(language):
            data = provider.generate_speech(text, language)
            if data:
                return AudioResult(data, name)
            logger.warning("%s said nothing", name)
        return self._try_fallback(text, language, name)

    def _try_fallback(self, text: str, language: str, failed: str) -> AudioResult:
        for name, provider in self.providers.items():
            if name == failed or not provider.is_configured():
                continue
            data = provider.generate_speech(text, language)
            if data:
                return AudioResult(data, name)
        return AudioResult(None, None)
