import uuid
from collections.abc import Generator
from typing import Annotated

import jwt
from fastapi import Depends, HTTPException, status
from fastapi.security import OAuth2PasswordBearer
from sqlmodel import Session

from app import crud
from app.core.config import settings
from app.core.db import engine
from app.core.security import read_access_token
from app.models import ChatSession, Project, User

reusable_oauth2 = OAuth2PasswordBearer(tokenUrl=f"{settings.API_V1_STR}/users/login")


def get_db() -> Generator[Session, None, None]:
    with Session(engine) as session:
        yield session


SessionDep = Annotated[Session, Depends(get_db)]
TokenDep = Annotated[str, Depends(reusable_oauth2)]


def get_current_user(db: SessionDep, token: TokenDep) -> User:
    try:
        user_id = uuid.UUID(read_access_token(token))
    except (jwt.InvalidTokenError, ValueError) as exc:
        raise HTTPException(status.HTTP_403_FORBIDDEN, "Invalid token") from exc
    user = crud.user.get(db, user_id)
    if user is None or not user.is_active:
        raise HTTPException(status.HTTP_404_NOT_FOUND, "User not found")
    return user


CurrentUser = Annotated[User, Depends(get_current_user)]


def get_superuser(current_user: CurrentUser) -> User:
    if not current_user.is_superuser:
        raise HTTPException(status.HTTP_403_FORBIDDEN, "Not enough privileges")
    return current_user


SuperUser = Annotated[User, Depends(get_superuser)]


def require_project(db: Session, project_id: uuid.UUID, user: User) -> Project:
    project = crud.project.get(db, project_id)
    if project is None or not crud.project.has_access(db, project, user):
        raise HTTPException(status.HTTP_404_NOT_FOUND, "Project not found")
    return project


def get_project(
    project_id: uuid.UUID, db: SessionDep, current_user: CurrentUser
) -> Project:
    return require_project(db, project_id, current_user)


ProjectDep = Annotated[Project, Depends(get_project)]


def get_chat_session(
    session_id: uuid.UUID, db: SessionDep, current_user: CurrentUser
) -> ChatSession:
    chat = crud.chat_session.get(db, session_id)
    if chat is None or chat.user_id != current_user.id:
        raise HTTPException(status.HTTP_404_NOT_FOUND, "Chat not found")
    return chat


ChatSessionDep = Annotated[ChatSession, Depends(get_chat_session)]
