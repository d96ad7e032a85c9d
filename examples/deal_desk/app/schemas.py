from datetime import datetime

from pydantic import BaseModel, Field


class TimelineEvent(BaseModel):
    kind: str
    text: str
    at: datetime


class DealInfo(BaseModel):
    deal_id: str
    name: str
    stage: str
    amount: float
    owner: str | None = None
    updated_at: datetime | None = None
    timeline: list[TimelineEvent] = []


class DealRow(BaseModel):
    deal_id: str
    name: str
    stage: str
    amount: float


class DealPage(BaseModel):
    total: int
    deals: list[DealRow]


class StageTotal(BaseModel):
    stage: str
    deals: int
    amount: float


class Concern(BaseModel):
    label: str
    explanation: str
    severity: int = Field(ge=1, le=5)


class Concerns(BaseModel):
    deal_id: str
    concerns: list[Concern]


class CompanyOverview(BaseModel):
    deal_id: str
    overview: str
    cached: bool


class Stakeholder(BaseModel):
    contact_id: str
    name: str
    title: str | None = None
    potential_decision_maker: bool = False


class Stakeholders(BaseModel):
    deal_id: str
    stakeholders: list[Stakeholder]


class NoteIn(BaseModel):
    text: str = Field(min_length=1, max_length=2000)


class NoteOut(BaseModel):
    note_id: str
    event: TimelineEvent


class QuestionIn(BaseModel):
    question: str = Field(min_length=3, max_length=500)


class Answer(BaseModel):
    deal_id: str
    answer: str


class SyncResult(BaseModel):
    deal_id: str
    created: bool
