from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from chat_insights.categories.models import Category
from chat_insights.chats.models import Chat, ChatStatus
from chat_insights.credits import service as credits_service
from chat_insights.exceptions import ConflictError, NotFoundError
from chat_insights.insights.models import Insight, InsightJob, JobStatus
from chat_insights.users.models import User


async def get_owned_chat(db: AsyncSession, chat_id: str, user_id: str) -> Chat:
    chat = await db.scalar(
        select(Chat).where(Chat.id == chat_id, Chat.user_id == user_id)
    )
    if chat is None:
        raise NotFoundError("Chat not found")
    return chat


async def unlock_category(
    db: AsyncSession, user: User, chat_id: str, category_id: str
) -> InsightJob:
    """Charge for the category and create the job which generates its insights."""
    chat = await get_owned_chat(db, chat_id, user.id)
    if chat.status != ChatStatus.READY:
        raise ConflictError("The chat is still being processed")

    result = await db.execute(
        select(Category)
        .options(selectinload(Category.insight_types))
        .where(Category.id == category_id, Category.is_active.is_(True))
    )
    category = result.scalar_one_or_none()
    if category is None:
        raise NotFoundError("Category not found")

    existing = await db.scalar(
        select(InsightJob.id).where(
            InsightJob.chat_id == chat.id,
            InsightJob.category_id == category.id,
            InsightJob.status != JobStatus.FAILED,
        )
    )
    if existing is not None:
        raise ConflictError("This category is already unlocked")

    await credits_service.deduct_credits_async(
        db, user, category.credit_cost, description=f"Unlock {category.name}"
    )
    job = InsightJob(
        user_id=user.id,
        chat_id=chat.id,
        category_id=category.id,
        credits_spent=category.credit_cost,
        total=len([t for t in category.insight_types if t.is_active]),
    )
    db.add(job)
    await db.commit()
    return job


async def get_job(db: AsyncSession, job_id: str, user_id: str) -> InsightJob:
    job = await db.get(InsightJob, job_id)
    if job is None or job.user_id != user_id:
        raise NotFoundError("Job not found")
    return job


async def list_chat_insights(db: AsyncSession, chat_id: str) -> list[Insight]:
    result = await db.execute(
        select(Insight)
        .options(selectinload(Insight.insight_type))
        .where(Insight.chat_id == chat_id)
        .order_by(Insight.id)
    )
    return list(result.scalars().all())
