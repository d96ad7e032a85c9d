import uuid

from fastapi import APIRouter, HTTPException, status
from sqlmodel import func, select

from app import crud
from app.api.deps import SessionDep, SuperUser
from app.models import Project, User
from app.schemas import Stats, UserOut

router = APIRouter()


@router.get("/stats", response_model=Stats)
async def read_stats(db: SessionDep, superuser: SuperUser):
    return Stats(
        users=db.exec(select(func.count()).select_from(User)).one(),
        projects=db.exec(select(func.count()).select_from(Project)).one(),
        artifacts=crud.artifact.count_by_type(db),
    )


@router.post("/users/{user_id}/deactivate", response_model=UserOut)
async def deactivate_user(user_id: uuid.UUID, db: SessionDep, superuser: SuperUser):
    user = crud.user.get(db, user_id)
    if user is None:
        raise HTTPException(status.HTTP_404_NOT_FOUND, "User not found")
    user.is_active = False
    db.add(user)
    db.commit()
    db.refresh(user)
    return user
