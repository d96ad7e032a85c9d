from fastapi import APIRouter, Depends, HTTPException, status
from fastapi.security import OAuth2PasswordRequestForm
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.database import get_async_session
from app.models import User
from app.schemas import Credentials, Token, UserRead
from app.users import create_token, hash_password, verify_password

router = APIRouter()


@router.post("/register", response_model=UserRead, status_code=201)
async def register(
    payload: Credentials, session: AsyncSession = Depends(get_async_session)
):
    user = User(
        email=payload.email.lower(), hashed_password=hash_password(payload.password)
    )
    session.add(user)
    try:
        await session.commit()
    except IntegrityError as exc:
        raise HTTPException(status.HTTP_409_CONFLICT, "Email already used") from exc
    return user


@router.post("/login", response_model=Token)
async def login(
    form: OAuth2PasswordRequestForm = Depends(),
    session: AsyncSession = Depends(get_async_session),
):
    user = await session.scalar(select(User).where(User.email == form.username.lower()))
    if user is None or not verify_password(form.password, user.hashed_password):
        raise HTTPException(status.HTTP_400_BAD_REQUEST, "Bad credentials")
    return Token(access_token=create_token(user.id))
