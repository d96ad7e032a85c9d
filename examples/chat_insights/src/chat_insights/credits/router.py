from fastapi import APIRouter, Depends, Query
from sqlalchemy.ext.asyncio import AsyncSession

from chat_insights.auth import get_current_user_async
from chat_insights.credits import service
from chat_insights.credits.schemas import BalanceOut, PackageOut, TransactionOut
from chat_insights.database import get_async_db
from chat_insights.users.models import User

router = APIRouter()


@router.get("/balance", response_model=BalanceOut)
async def get_balance(user: User = Depends(get_current_user_async)):
    """Get the user's credit balance."""
    return BalanceOut(user_id=user.id, balance=user.credit_balance)


@router.get("/transactions", response_model=list[TransactionOut])
async def get_transactions(
    limit: int = Query(50, ge=1, le=200),
    offset: int = Query(0, ge=0),
    user: User = Depends(get_current_user_async),
    db: AsyncSession = Depends(get_async_db),
):
    """Get the transaction history, newest first."""
    return await service.list_transactions_async(db, user.id, limit, offset)


@router.get("/packages", response_model=list[PackageOut])
async def get_packages(db: AsyncSession = Depends(get_async_db)):
    """Get the credit packages on sale."""
    return await service.list_packages_async(db)
