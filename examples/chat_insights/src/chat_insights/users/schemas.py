from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field


class UserStore(BaseModel):
    user_id: str = Field(min_length=1, max_length=64)
    email: str = Field(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")
    display_name: str | None = None


class UserOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: str
    email: str
    display_name: str | None
    credit_balance: int
    created_at: datetime


class AccountDeleted(BaseModel):
    status: str = "deleted"
    chats_deleted: int
