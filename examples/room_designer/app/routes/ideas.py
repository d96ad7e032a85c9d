from fastapi import APIRouter, Depends, HTTPException, status
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.database import get_async_session
from app.models import Idea, User
from app.schemas import IdeaCreate, IdeaRead
from app.users import current_user

router = APIRouter()


@router.get("", response_model=list[IdeaRead])
async def list_ideas(
    user: User = Depends(current_user),
    session: AsyncSession = Depends(get_async_session),
):
    query = select(Idea).where(Idea.user_id == user.id).order_by(Idea.created_at.desc())
    return (await session.scalars(query)).all()


@router.post("", response_model=IdeaRead, status_code=201)
async def create_idea(
    payload: IdeaCreate,
    user: User = Depends(current_user),
    session: AsyncSession = Depends(get_async_session),
):
    idea = Idea(**payload.model_dump(), user_id=user.id)
    session.add(idea)
    await session.commit()
    return idea


@router.delete("/{idea_id}", status_code=204)
async def delete_idea(
    idea_id: str,
    user: User = Depends(current_user),
    session: AsyncSession = Depends(get_async_session),
):
    idea = await session.get(Idea, idea_id)
    if idea is None or idea.user_id != user.id:
        raise HTTPException(status.HTTP_404_NOT_FOUND, "No such idea")
    await session.delete(idea)
    await session.commit()
