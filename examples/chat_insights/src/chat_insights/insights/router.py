from fastapi import APIRouter, Depends, status
from sqlalchemy.ext.asyncio import AsyncSession

from chat_insights.auth import get_current_user_async
from chat_insights.database import get_async_db
from chat_insights.insights import service
from chat_insights.insights.schemas import ChatInsights, JobOut, UnlockRequest
from chat_insights.insights.tasks import generate_category_insights
from chat_insights.users.models import User

router = APIRouter()


@router.post("/unlock", response_model=JobOut, status_code=status.HTTP_202_ACCEPTED)
async def unlock_insights(
    payload: UnlockRequest,
    user: User = Depends(get_current_user_async),
    db: AsyncSession = Depends(get_async_db),
):
    """Unlock the insights of a category for one chat."""
    job = await service.unlock_category(db, user, payload.chat_id, payload.category_id)
    generate_category_insights.delay(job.id)
    return job


@router.get("/jobs/{job_id}/status", response_model=JobOut)
async def get_job_status(
    job_id: str,
    user: User = Depends(get_current_user_async),
    db: AsyncSession = Depends(get_async_db),
):
    """Get the generation status."""
    return await service.get_job(db, job_id, user.id)


@router.get("/chats/{chat_id}", response_model=ChatInsights)
async def get_chat_insights(
    chat_id: str,
    user: User = Depends(get_current_user_async),
    db: AsyncSession = Depends(get_async_db),
):
    """Get all insights of a chat."""
    chat = await service.get_owned_chat(db, chat_id, user.id)
    insights = await service.list_chat_insights(db, chat.id)
    return {"chat_id": chat.id, "insights": insights}
