from fastapi import APIRouter, Depends, Header, Request, status
from sqlalchemy.ext.asyncio import AsyncSession

from chat_insights.auth import get_current_user_async
from chat_insights.config import settings
from chat_insights.database import get_async_db
from chat_insights.payments import service
from chat_insights.payments.schemas import OrderCreate, OrderOut, WebhookAck
from chat_insights.users.models import User

router = APIRouter()


@router.post("/orders", response_model=OrderOut, status_code=status.HTTP_201_CREATED)
async def create_order(
    payload: OrderCreate,
    user: User = Depends(get_current_user_async),
    db: AsyncSession = Depends(get_async_db),
):
    """Create a payment order."""
    return await service.create_order(db, user, payload.package_id, payload.provider)


@router.post("/webhooks/razorpay", response_model=WebhookAck)
async def razorpay_webhook(
    request: Request,
    x_razorpay_signature: str | None = Header(None),
    db: AsyncSession = Depends(get_async_db),
):
    body = await request.body()
    service.verify_signature(
        body, x_razorpay_signature, settings.razorpay_webhook_secret
    )
    event = service.parse_event(body)
    if event.get("event") not in ("payment.captured", "payment.failed"):
        return WebhookAck(status="ignored")
    outcome = await service.settle_order(
        db,
        "razorpay",
        event.get("order_id", ""),
        paid=event["event"] == "payment.captured",
    )
    return WebhookAck(status=outcome)


@router.post("/webhooks/stripe", response_model=WebhookAck)
async def stripe_webhook(
    request: Request,
    stripe_signature: str | None = Header(None),
    db: AsyncSession = Depends(get_async_db),
):
    body = await request.body()
    service.verify_signature(body, stripe_signature, settings.stripe_webhook_secret)
    event = service.parse_event(body)
    kind = event.get("type", "")
    if not kind.startswith("payment_intent."):
        return WebhookAck(status="ignored")
    outcome = await service.settle_order(
        db,
        "stripe",
        event.get("data", {}).get("id", ""),
        paid=kind == "payment_intent.succeeded",
    )
    return WebhookAck(status=outcome)


@router.get("/orders/{order_id}", response_model=OrderOut)
async def get_order(
    order_id: str,
    user: User = Depends(get_current_user_async),
    db: AsyncSession = Depends(get_async_db),
):
    """Get the status of an order."""
    return await service.get_order(db, order_id, user.id)
