"""Bearer tokens of the form ``<user id>.<hex hmac>``, issued by the gateway."""

import hashlib
import hmac

from fastapi import Depends, HTTPException, status
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from chat_insights.config import settings
from chat_insights.database import get_async_db, get_db
from chat_insights.users.models import User

bearer_scheme = HTTPBearer(auto_error=False)


def sign_user_id(user_id: str) -> str:
    key = settings.auth_secret.encode()
    return hmac.new(key, user_id.encode(), hashlib.sha256).hexdigest()


def create_token(user_id: str) -> str:
    return f"{user_id}.{sign_user_id(user_id)}"


def _unauthorized(detail: str) -> HTTPException:
    return HTTPException(
        status_code=status.HTTP_401_UNAUTHORIZED,
        detail=detail,
        headers={"WWW-Authenticate": "Bearer"},
    )


def get_current_user_id(
    credentials: HTTPAuthorizationCredentials | None = Depends(bearer_scheme),
) -> str:
    if credentials is None:
        raise _unauthorized("Not authenticated")
    user_id, _, signature = credentials.credentials.rpartition(".")
    if not user_id or not hmac.compare_digest(signature, sign_user_id(user_id)):
        raise _unauthorized("Invalid token")
    return user_id


def get_current_user(
    user_id: str = Depends(get_current_user_id), db: Session = Depends(get_db)
) -> User:
    user = db.query(User).filter(User.id == user_id).first()
    if user is None:
        raise _unauthorized("Unknown user")
    return user


async def get_current_user_async(
    user_id: str = Depends(get_current_user_id),
    db: AsyncSession = Depends(get_async_db),
) -> User:
    user = await db.get(User, user_id)
    if user is None:
        raise _unauthorized("Unknown user")
    return user
