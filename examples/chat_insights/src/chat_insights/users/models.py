from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from chat_insights.database import Base, utcnow

if TYPE_CHECKING:
    from chat_insights.chats.models import Chat
    from chat_insights.credits.models import CreditTransaction
    from chat_insights.payments.models import PaymentOrder


class User(Base):
    __tablename__ = "users"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    email: Mapped[str] = mapped_column(String(255), unique=True)
    display_name: Mapped[str | None] = mapped_column(String(100))
    credit_balance: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(default=utcnow)

    chats: Mapped[list[Chat]] = relationship(
        back_populates="user", cascade="all, delete-orphan"
    )
    transactions: Mapped[list[CreditTransaction]] = relationship(
        back_populates="user", cascade="all, delete-orphan"
    )
    orders: Mapped[list[PaymentOrder]] = relationship(back_populates="user")
