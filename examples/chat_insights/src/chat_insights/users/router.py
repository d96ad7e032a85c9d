from fastapi import APIRouter, Depends, HTTPException, Response, status
from sqlalchemy.ext.asyncio import AsyncSession

from chat_insights.auth import get_current_user_async, get_current_user_id
from chat_insights.database import get_async_db
from chat_insights.users import service
from chat_insights.users.models import User
from chat_insights.users.schemas import AccountDeleted, UserOut, UserStore

router = APIRouter()


@router.post("/store", response_model=UserOut)
async def store_user(
    payload: UserStore,
    response: Response,
    user_id: str = Depends(get_current_user_id),
    db: AsyncSession = Depends(get_async_db),
):
    """Store the user on first login."""
    if payload.user_id != user_id:
        raise HTTPException(status.HTTP_403_FORBIDDEN, "Token is for another user")
    user, created = await service.store_user(db, payload)
    if created:
        response.status_code = status.HTTP_201_CREATED
    return user


@router.delete("/delete-account", response_model=AccountDeleted)
async def delete_account(
    user: User = Depends(get_current_user_async),
    db: AsyncSession = Depends(get_async_db),
):
    """GDPR account deletion."""
    chats_deleted = await service.delete_account(db, user)
    return AccountDeleted(chats_deleted=chats_deleted)
