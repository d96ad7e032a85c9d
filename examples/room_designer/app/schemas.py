from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class Credentials(BaseModel):
    email: str = Field(pattern=r"^[^@\s]+@[^@\s]+$", max_length=320)
    password: str = Field(min_length=8, max_length=128)


class Token(BaseModel):
    access_token: str
    token_type: str = "bearer"


class UserRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: str
    email: str
    style: str | None


class UserUpdate(BaseModel):
    style: str | None = Field(None, max_length=50)


class IdeaCreate(BaseModel):
    title: str = Field(min_length=1, max_length=200)
    notes: str | None = None


class IdeaRead(IdeaCreate):
    model_config = ConfigDict(from_attributes=True)

    id: str
    created_at: datetime


class ChatMessage(BaseModel):
    role: Literal["user", "assistant"]
    content: str


class HomeDesignChatResponse(BaseModel):
    conversation_id: str
    message: ChatMessage
    image_url: str | None = None
    type: str | None = None
    options: list[dict[str, Any]] | None = None


class ConversationRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: str
    image_key: str | None
    messages: list[ChatMessage]


class DesignRead(BaseModel):
    id: str
    prompt: str
    image_url: str
    created_at: datetime
