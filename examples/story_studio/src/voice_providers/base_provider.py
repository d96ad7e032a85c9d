from abc import ABC, abstractmethod


class VoiceProvider(ABC):
    name: str

    @abstractmethod
    def generate_speech(self, text: str, language: str) -> bytes | None:
        """MP3 data, or None when the provider could not speak."""

    @abstractmethod
    def is_configured(self) -> bool:
        """Whether there is an API key."""

    def supports(self, language: str) -> bool:
        return True
