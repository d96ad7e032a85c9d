"""Passwords, tokens and the current user."""

import hashlib
import hmac
import os

from fastapi import Depends, HTTPException, status
from fastapi.security import OAuth2PasswordBearer
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.config import settings
from app.database import get_async_session
from app.models import User

ITERATIONS = 50_000

oauth2_scheme = OAuth2PasswordBearer(tokenUrl="auth/login")


def hash_password(password: str, salt: bytes | None = None) -> str:
    salt = salt or os.urandom(16)
    digest = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, ITERATIONS)
    return f"{salt.hex()}${digest.hex()}"


def verify_password(password: str, hashed: str) -> bool:
    salt = bytes.fromhex(hashed.partition("$")[0])
    return hmac.compare_digest(hash_password(password, salt), hashed)


def _sign(user_id: str) -> str:
    key = settings.access_secret.encode()
    return hmac.new(key, user_id.encode(), hashlib.sha256).hexdigest()


def create_token(user_id: str) -> str:
    return f"{user_id}.{_sign(user_id)}"


async def current_user(
    token: str = Depends(oauth2_scheme),
    session: AsyncSession = Depends(get_async_session),
) -> User:
    user_id, _, signature = token.partition(".")
    if hmac.compare_digest(signature, _sign(user_id)):
        user = await session.scalar(select(User).where(User.id == user_id))
        if user is not None:
            return user
    raise HTTPException(
        status.HTTP_401_UNAUTHORIZED,
        "Invalid token",
        headers={"WWW-Authenticate": "Bearer"},
    )
