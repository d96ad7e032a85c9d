import uuid

from fastapi import APIRouter, HTTPException, status
from sqlmodel import select

from app import crud
from app.api.deps import CurrentUser, SessionDep, SuperUser
from app.models import Role
from app.schemas import RoleOut, UserOut

router = APIRouter()


@router.get("/roles", response_model=list[RoleOut])
async def read_roles(db: SessionDep, current_user: CurrentUser):
    return db.exec(select(Role).order_by(Role.name)).all()


@router.put("/users/{user_id}/role/{name}", response_model=UserOut)
async def assign_role(
    user_id: uuid.UUID, name: str, db: SessionDep, superuser: SuperUser
):
    user = crud.user.get(db, user_id)
    role = db.exec(select(Role).where(Role.name == name)).one_or_none()
    if user is None or role is None:
        raise HTTPException(status.HTTP_404_NOT_FOUND, "No such user or role")
    user.role_id = role.id
    db.add(user)
    db.commit()
    db.refresh(user)
    return user
