import uuid
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from app.models import ArtifactType, TaskStatus


class FromRow(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class UserCreate(BaseModel):
    email: str = Field(pattern=r"^[^@\s]+@[^@\s]+$", max_length=255)
    password: str = Field(min_length=8, max_length=128)
    full_name: str | None = None


class UserUpdate(BaseModel):
    full_name: str | None = None


class UserOut(FromRow):
    id: uuid.UUID
    email: str
    full_name: str | None
    is_active: bool
    is_superuser: bool
    role_id: int | None


class Token(BaseModel):
    access_token: str
    token_type: str = "bearer"


class RoleOut(FromRow):
    id: int
    name: str
    description: str


class ProjectCreate(BaseModel):
    name: str = Field(min_length=1, max_length=200)
    description: str | None = None


class ProjectUpdate(BaseModel):
    name: str | None = Field(None, min_length=1, max_length=200)
    description: str | None = None


class ProjectOut(FromRow):
    id: uuid.UUID
    name: str
    description: str | None
    owner_id: uuid.UUID
    created_at: datetime


class MemberOut(BaseModel):
    user_id: uuid.UUID
    email: str


class VersionCreate(BaseModel):
    project_id: uuid.UUID
    title: str = Field(min_length=1, max_length=200)


class VersionUpdate(BaseModel):
    title: str = Field(min_length=1, max_length=200)


class VersionOut(FromRow):
    id: uuid.UUID
    project_id: uuid.UUID
    number: int
    title: str
    is_current: bool


class ArtifactCreate(BaseModel):
    project_id: uuid.UUID
    version_id: uuid.UUID | None = None
    type: ArtifactType
    title: str = Field(min_length=1, max_length=300)
    content: str = ""


class ArtifactUpdate(BaseModel):
    title: str | None = Field(None, min_length=1, max_length=300)
    content: str | None = None


class ArtifactOut(FromRow):
    id: uuid.UUID
    project_id: uuid.UUID
    version_id: uuid.UUID | None
    type: ArtifactType
    title: str
    content: str


class ChatSessionCreate(BaseModel):
    title: str = Field("New chat", min_length=1, max_length=200)
    project_id: uuid.UUID | None = None


class ChatSessionUpdate(BaseModel):
    title: str = Field(min_length=1, max_length=200)


class ChatMessageUpdate(BaseModel):
    content: str = Field(min_length=1)


class ChatMessageOut(FromRow):
    id: uuid.UUID
    role: str
    content: str
    created_at: datetime


class ChatSessionOut(FromRow):
    id: uuid.UUID
    title: str
    project_id: uuid.UUID | None
    created_at: datetime


class ChatSessionDetail(ChatSessionOut):
    message_count: int


class TaskOut(FromRow):
    id: uuid.UUID
    project_id: uuid.UUID
    status: TaskStatus
    result: dict[str, Any] | None


class CoverageOut(BaseModel):
    requirements: int
    covered: int
    missing: list[str]
    advice: str


class FileOut(FromRow):
    id: uuid.UUID
    filename: str
    size: int


class Stats(BaseModel):
    users: int
    projects: int
    artifacts: dict[str, int]
