"""Credit bookkeeping.

The ``*_async`` functions serve the async routers; the others are for the RAG
router and for Celery tasks. None of them commits: the caller does.
"""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from chat_insights.credits.models import CreditPackage, CreditTransaction
from chat_insights.exceptions import InsufficientCreditsError
from chat_insights.users.models import User


def _record(user: User, amount: int, kind: str, description: str) -> CreditTransaction:
    user.credit_balance = (user.credit_balance or 0) + amount
    return CreditTransaction(
        user_id=user.id,
        amount=amount,
        balance_after=user.credit_balance,
        kind=kind,
        description=description,
    )


def add_credits(
    db: Session, user: User, amount: int, kind: str, description: str = ""
) -> CreditTransaction:
    transaction = _record(user, amount, kind, description)
    db.add(transaction)
    db.flush()
    return transaction


def deduct_credits(
    db: Session, user: User, amount: int, description: str = ""
) -> CreditTransaction:
    db.refresh(user)
    if user.credit_balance < amount:
        raise InsufficientCreditsError(amount, user.credit_balance)
    return add_credits(db, user, -amount, kind="spend", description=description)


async def add_credits_async(
    db: AsyncSession, user: User, amount: int, kind: str, description: str = ""
) -> CreditTransaction:
    transaction = _record(user, amount, kind, description)
    db.add(transaction)
    await db.flush()
    return transaction


async def deduct_credits_async(
    db: AsyncSession, user: User, amount: int, description: str = ""
) -> CreditTransaction:
    await db.refresh(user)
    if user.credit_balance < amount:
        raise InsufficientCreditsError(amount, user.credit_balance)
    return await add_credits_async(
        db, user, -amount, kind="spend", description=description
    )


async def list_transactions_async(
    db: AsyncSession, user_id: str, limit: int, offset: int
) -> list[CreditTransaction]:
    result = await db.execute(
        select(CreditTransaction)
        .where(CreditTransaction.user_id == user_id)
        .order_by(CreditTransaction.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return list(result.scalars().all())


async def list_packages_async(db: AsyncSession) -> list[CreditPackage]:
    result = await db.execute(
        select(CreditPackage)
        .where(CreditPackage.is_active.is_(True))
        .order_by(CreditPackage.price_cents)
    )
    return list(result.scalars().all())
