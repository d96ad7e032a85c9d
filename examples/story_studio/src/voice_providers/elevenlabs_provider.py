import logging

from elevenlabs.client import ElevenLabs
from elevenlabs.core.api_error import ApiError

from src.config import settings
from src.voice_providers.base_provider import VoiceProvider

logger = logging.getLogger(__name__)

VOICES = {"en": "21m00Tcm4TlvDq8ikWAM", "de": "pNInz6obpgDQGcFmaJgB"}
MAX_CHARACTERS = 5000


class ElevenLabsProvider(VoiceProvider):
    name = "elevenlabs"

    def __init__(self) -> None:
        self.client = ElevenLabs(
            api_key=settings.elevenlabs_api_key or None,
            base_url=settings.elevenlabs_base_url,
        )

    def is_configured(self) -> bool:
        return bool(settings.elevenlabs_api_key)

    def supports(self, language: str) -> bool:
        return language in VOICES

    def generate_speech(self, text: str, language: str) -> bytes | None:
        try:
            audio = self.client.text_to_speech.convert(
                VOICES[language],
                text=text[:MAX_CHARACTERS],
                model_id="eleven_multilingual_v2",
                output_format="mp3_44100_128",
            )
            return b"".join(audio)
        except ApiError as exc:
            logger.error("ElevenLabs: %s", exc.status_code)
            return None
