import uuid

from fastapi import APIRouter, HTTPException, status
from sqlalchemy.exc import IntegrityError

from app import crud
from app.api.deps import ProjectDep, SessionDep
from app.schemas import MemberOut

router = APIRouter()


@router.get("/{project_id}/members", response_model=list[MemberOut])
async def read_members(project: ProjectDep, db: SessionDep):
    users = crud.project.members(db, project.id)
    return [MemberOut(user_id=user.id, email=user.email) for user in users]


@router.post("/{project_id}/members/{user_id}", status_code=201)
async def add_member(user_id: uuid.UUID, project: ProjectDep, db: SessionDep):
    if crud.user.get(db, user_id) is None:
        raise HTTPException(status.HTTP_404_NOT_FOUND, "User not found")
    try:
        crud.project.add_member(db, project.id, user_id)
    except IntegrityError as exc:
        db.rollback()
        raise HTTPException(status.HTTP_409_CONFLICT, "Already a member") from exc
    return {"status": "added"}


@router.delete("/{project_id}/members/{user_id}", status_code=204)
async def remove_member(user_id: uuid.UUID, project: ProjectDep, db: SessionDep):
    if not crud.project.remove_member(db, project.id, user_id):
        raise HTTPException(status.HTTP_404_NOT_FOUND, "Not a member")
