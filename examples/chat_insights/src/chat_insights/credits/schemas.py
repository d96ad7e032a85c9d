from datetime import datetime

from pydantic import BaseModel, ConfigDict


class BalanceOut(BaseModel):
    user_id: str
    balance: int


class TransactionOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    amount: int
    balance_after: int
    kind: str
    description: str
    created_at: datetime


class PackageOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: str
    name: str
    credits: int
    price_cents: int
    currency: str
