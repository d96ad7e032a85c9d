from datetime import datetime

from pydantic import BaseModel, Field


class RagQuery(BaseModel):
    chat_id: str
    question: str = Field(min_length=3, max_length=500)
    top_k: int | None = Field(None, ge=1, le=20)


class RagSource(BaseModel):
    message_id: int
    sender: str
    content: str
    sent_at: datetime


class RagAnswer(BaseModel):
    query_id: int
    chat_id: str
    answer: str
    sources: list[RagSource]


class GenerateRequest(BaseModel):
    chat_id: str
    insight_type_id: str
    regenerate: bool = False


class GeneratedInsight(BaseModel):
    insight_id: int
    chat_title: str
    category: str
    insight_type: str
    content: str
    cached: bool
    credits_left: int
