import hashlib
import hmac
import json
import uuid

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from chat_insights.credits import service as credits_service
from chat_insights.credits.models import CreditPackage
from chat_insights.database import utcnow
from chat_insights.exceptions import NotFoundError, PaymentError
from chat_insights.payments.models import OrderStatus, PaymentOrder
from chat_insights.users.models import User


async def create_order(
    db: AsyncSession, user: User, package_id: str, provider: str
) -> PaymentOrder:
    package = await db.get(CreditPackage, package_id)
    if package is None or not package.is_active:
        raise NotFoundError("Package not found")
    prefix = "order" if provider == "razorpay" else "pi"
    order = PaymentOrder(
        user_id=user.id,
        package_id=package.id,
        provider=provider,
        provider_order_id=f"{prefix}_{uuid.uuid4().hex[:14]}",
        amount_cents=package.price_cents,
        currency=package.currency,
    )
    db.add(order)
    await db.commit()
    return order


async def get_order(db: AsyncSession, order_id: str, user_id: str) -> PaymentOrder:
    order = await db.get(PaymentOrder, order_id)
    if order is None or order.user_id != user_id:
        raise NotFoundError("Order not found")
    return order


def verify_signature(body: bytes, signature: str | None, secret: str) -> None:
    expected = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    if not signature or not hmac.compare_digest(signature, expected):
        raise PaymentError("Invalid webhook signature")


def parse_event(body: bytes) -> dict:
    try:
        payload = json.loads(body)
    except ValueError:
        raise PaymentError("Webhook body is not JSON") from None
    if not isinstance(payload, dict):
        raise PaymentError("Webhook body is not an object")
    return payload


async def settle_order(
    db: AsyncSession, provider: str, provider_order_id: str, paid: bool
) -> str:
    """Apply a provider's verdict once; repeated webhooks change nothing."""
    result = await db.execute(
        select(PaymentOrder)
        .options(selectinload(PaymentOrder.user), selectinload(PaymentOrder.package))
        .where(
            PaymentOrder.provider == provider,
            PaymentOrder.provider_order_id == provider_order_id,
        )
    )
    order = result.scalar_one_or_none()
    if order is None:
        return "ignored"
    if order.status == OrderStatus.PAID:
        return "already_processed"
    if not paid:
        order.status = OrderStatus.FAILED
        await db.commit()
        return "failed"

    order.status = OrderStatus.PAID
    order.paid_at = utcnow()
    if order.user is not None:
        await credits_service.add_credits_async(
            db,
            order.user,
            order.package.credits,
            kind="purchase",
            description=f"{order.package.name} package",
        )
    await db.commit()
    return "processed"
