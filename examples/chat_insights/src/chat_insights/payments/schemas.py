from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from chat_insights.payments.models import OrderStatus


class OrderCreate(BaseModel):
    package_id: str
    provider: Literal["razorpay", "stripe"] = "razorpay"


class OrderOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: str
    package_id: str
    provider: str
    provider_order_id: str
    amount_cents: int
    currency: str
    status: OrderStatus
    paid_at: datetime | None


class WebhookAck(BaseModel):
    status: str
