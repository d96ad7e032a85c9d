from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from chat_insights.chats.models import ChatStatus, VectorStatus


class ChatUploaded(BaseModel):
    chat_id: str
    filename: str
    status: ChatStatus
    message_count: int


class ChatListItem(BaseModel):
    id: str
    title: str
    status: ChatStatus
    message_count: int
    insight_count: int
    created_at: datetime


class ChatList(BaseModel):
    total: int
    items: list[ChatListItem]


class ChatDetail(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: str
    title: str
    filename: str
    display_name: str | None
    status: ChatStatus
    message_count: int
    vector_status: VectorStatus
    participants: list[str]
    created_at: datetime


class MessageOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    sender: str
    content: str
    is_media: bool
    sent_at: datetime


class MessagePage(BaseModel):
    chat_id: str
    total: int
    page: int
    pages: int
    messages: list[MessageOut]


class VectorStatusOut(BaseModel):
    chat_id: str
    vector_status: VectorStatus
    chunks: int
    chunks_in_store: int
    indexed_at: datetime | None


class SenderStats(BaseModel):
    sender: str
    messages: int
    share: float


class ChatStats(BaseModel):
    chat_id: str
    title: str
    owner: str
    total_messages: int
    media_messages: int
    first_message_at: datetime | None
    last_message_at: datetime | None
    busiest_hour: int | None
    senders: list[SenderStats]


class DisplayNameUpdate(BaseModel):
    display_name: str = Field(min_length=1, max_length=120)


class ChatDeleted(BaseModel):
    status: str = "deleted"
    chat_id: str
