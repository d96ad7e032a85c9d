"""Rows of the database, and bodies of requests and responses."""

from datetime import datetime
from enum import Enum

from pydantic import BaseModel, Field


class Language(str, Enum):
    ENGLISH = "en"
    GERMAN = "de"


class StoryStatus(str, Enum):
    NEW = "new"
    READ = "read"
    ARCHIVED = "archived"


class ChildIn(BaseModel):
    name: str = Field(min_length=1, max_length=80)
    age: int = Field(ge=1, le=12)
    interests: list[str] = []


class Child(ChildIn):
    id: str
    user_id: str


class HeroIn(BaseModel):
    name: str = Field(min_length=1, max_length=80)
    traits: list[str] = []
    language: Language = Language.ENGLISH


class Hero(HeroIn):
    id: str
    user_id: str


class Story(BaseModel):
    id: str
    user_id: str
    child_id: str
    child_name: str
    title: str
    content: str
    moral: str
    language: Language
    model: str | None = None
    cost: float | None = None
    rating: int | None = None
    status: StoryStatus = StoryStatus.NEW
    audio_url: str | None = None
    created_at: datetime


class StoryRequest(BaseModel):
    child_id: str
    hero_id: str | None = None
    moral: str = "kindness"
    language: Language = Language.ENGLISH
    minutes: int = Field(3, ge=1, le=15)
    generate_audio: bool = False
    voice_provider: str | None = None


class RatingIn(BaseModel):
    rating: int = Field(ge=1, le=10)


class StatusIn(BaseModel):
    status: StoryStatus


class AudioIn(BaseModel):
    voice_provider: str | None = None
