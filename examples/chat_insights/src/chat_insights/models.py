"""Imports every model module so that ``Base.metadata`` is complete."""

from chat_insights.categories.models import Category, InsightType
from chat_insights.chats.models import Chat, ChatStatus, Message, VectorStatus
from chat_insights.credits.models import CreditPackage, CreditTransaction
from chat_insights.insights.models import Insight, InsightJob, JobStatus
from chat_insights.payments.models import OrderStatus, PaymentOrder
from chat_insights.rag.models import RagQueryLog
from chat_insights.users.models import User

__all__ = [
    "Category",
    "Chat",
    "ChatStatus",
    "CreditPackage",
    "CreditTransaction",
    "Insight",
    "InsightJob",
    "InsightType",
    "JobStatus",
    "Message",
    "OrderStatus",
    "PaymentOrder",
    "RagQueryLog",
    "User",
    "VectorStatus",
]
