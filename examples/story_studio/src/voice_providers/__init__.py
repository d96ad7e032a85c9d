from src.voice_providers.base_provider import VoiceProvider
from src.voice_providers.elevenlabs_provider import ElevenLabsProvider
from src.voice_providers.voice_service import AudioResult, VoiceService

__all__ = ["AudioResult", "ElevenLabsProvider", "VoiceProvider", "VoiceService"]
