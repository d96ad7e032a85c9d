from __future__ import annotations

import enum
import uuid
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Enum, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from chat_insights.database import Base, SoftDeleteMixin, utcnow

if TYPE_CHECKING:
    from chat_insights.insights.models import Insight
    from chat_insights.users.models import User


class ChatStatus(str, enum.Enum):
    PENDING = "pending"
    READY = "ready"
    FAILED = "failed"


class VectorStatus(str, enum.Enum):
    PENDING = "pending"
    INDEXED = "indexed"
    FAILED = "failed"


class Chat(SoftDeleteMixin, Base):
    __tablename__ = "chats"

    id: Mapped[str] = mapped_column(
        String(36), primary_key=True, default=lambda: str(uuid.uuid4())
    )
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), index=True)
    filename: Mapped[str] = mapped_column(String(255))
    display_name: Mapped[str | None] = mapped_column(String(120))
    status: Mapped[ChatStatus] = mapped_column(
        Enum(ChatStatus, native_enum=False), default=ChatStatus.PENDING
    )
    message_count: Mapped[int] = mapped_column(default=0)
    vector_status: Mapped[VectorStatus] = mapped_column(
        Enum(VectorStatus, native_enum=False), default=VectorStatus.PENDING
    )
    vector_chunks: Mapped[int] = mapped_column(default=0)
    indexed_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=utcnow)

    user: Mapped[User] = relationship(back_populates="chats")
    messages: Mapped[list[Message]] = relationship(
        back_populates="chat",
        cascade="all, delete-orphan",
        order_by="Message.position",
    )
    insights: Mapped[list[Insight]] = relationship(
        back_populates="chat", cascade="all, delete-orphan"
    )

    @property
    def title(self) -> str:
        return self.display_name or self.filename

    @property
    def participants(self) -> list[str]:
        return sorted({message.sender for message in self.messages})


class Message(Base):
    __tablename__ = "messages"

    id: Mapped[int] = mapped_column(primary_key=True)
    chat_id: Mapped[str] = mapped_column(ForeignKey("chats.id"), index=True)
    position: Mapped[int]
    sender: Mapped[str] = mapped_column(String(120), index=True)
    content: Mapped[str] = mapped_column(Text)
    is_media: Mapped[bool] = mapped_column(default=False)
    sent_at: Mapped[datetime]

    chat: Mapped[Chat] = relationship(back_populates="messages")
