from fastapi import APIRouter, Depends
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from chat_insights.categories.models import Category
from chat_insights.categories.schemas import CategoryInsights, CategoryOut
from chat_insights.database import get_async_db
from chat_insights.exceptions import NotFoundError

router = APIRouter()


@router.get("", response_model=list[CategoryOut])
async def list_categories(db: AsyncSession = Depends(get_async_db)):
    """Get all active categories."""
    result = await db.execute(
        select(Category)
        .where(Category.is_active.is_(True))
        .order_by(Category.sort_order)
    )
    return result.scalars().all()


@router.get("/{category_id}/insights", response_model=CategoryInsights)
async def list_category_insights(
    category_id: str, db: AsyncSession = Depends(get_async_db)
):
    """Get the insight types of one category."""
    result = await db.execute(
        select(Category)
        .options(selectinload(Category.insight_types))
        .where(Category.id == category_id, Category.is_active.is_(True))
    )
    category = result.scalar_one_or_none()
    if category is None:
        raise NotFoundError("Category not found")
    return category
