from datetime import datetime

from pydantic import BaseModel, ConfigDict

from chat_insights.categories.schemas import InsightTypeOut
from chat_insights.insights.models import JobStatus


class UnlockRequest(BaseModel):
    chat_id: str
    category_id: str


class JobOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: str
    chat_id: str
    category_id: str
    status: JobStatus
    credits_spent: int
    total: int
    completed: int
    error: str | None


class InsightOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    content: str
    model_name: str
    created_at: datetime
    insight_type: InsightTypeOut


class ChatInsights(BaseModel):
    chat_id: str
    insights: list[InsightOut]
