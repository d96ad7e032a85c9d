from __future__ import annotations

import enum
import uuid
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Enum, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from chat_insights.database import Base, utcnow

if TYPE_CHECKING:
    from chat_insights.categories.models import Category, InsightType
    from chat_insights.chats.models import Chat


class JobStatus(str, enum.Enum):
    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"


class Insight(Base):
    __tablename__ = "insights"
    __table_args__ = (UniqueConstraint("chat_id", "insight_type_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    chat_id: Mapped[str] = mapped_column(ForeignKey("chats.id"), index=True)
    insight_type_id: Mapped[str] = mapped_column(ForeignKey("insight_types.id"))
    content: Mapped[str] = mapped_column(Text)
    model_name: Mapped[str] = mapped_column(String(60))
    created_at: Mapped[datetime] = mapped_column(default=utcnow)

    chat: Mapped[Chat] = relationship(back_populates="insights")
    insight_type: Mapped[InsightType] = relationship()


class InsightJob(Base):
    __tablename__ = "insight_jobs"

    id: Mapped[str] = mapped_column(
        String(36), primary_key=True, default=lambda: str(uuid.uuid4())
    )
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), index=True)
    chat_id: Mapped[str] = mapped_column(ForeignKey("chats.id"), index=True)
    category_id: Mapped[str] = mapped_column(ForeignKey("categories.id"))
    status: Mapped[JobStatus] = mapped_column(
        Enum(JobStatus, native_enum=False), default=JobStatus.QUEUED
    )
    credits_spent: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    completed: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(default=utcnow)

    chat: Mapped[Chat] = relationship()
    category: Mapped[Category] = relationship()
