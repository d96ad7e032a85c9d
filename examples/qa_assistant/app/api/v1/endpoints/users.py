from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, status
from fastapi.security import OAuth2PasswordRequestForm

from app import crud
from app.api.deps import CurrentUser, SessionDep, SuperUser
from app.core.security import create_access_token
from app.schemas import Token, UserCreate, UserOut, UserUpdate

router = APIRouter()


@router.post("/register", response_model=UserOut, status_code=201)
def register(user_in: UserCreate, db: SessionDep):
    if crud.user.get_by_email(db, user_in.email):
        raise HTTPException(status.HTTP_409_CONFLICT, "Email already registered")
    return crud.user.register(db, user_in)


@router.post("/login", response_model=Token)
def login_oauth2(
    form_data: Annotated[OAuth2PasswordRequestForm, Depends()], db: SessionDep
):
    user = crud.user.authenticate(db, form_data.username, form_data.password)
    if user is None:
        raise HTTPException(status.HTTP_400_BAD_REQUEST, "Wrong email or password")
    if not user.is_active:
        raise HTTPException(status.HTTP_400_BAD_REQUEST, "Inactive user")
    return Token(access_token=create_access_token(str(user.id)))


@router.get("/me", response_model=UserOut)
async def read_user_me(current_user: CurrentUser):
    return current_user


@router.patch("/me", response_model=UserOut)
async def update_user_me(
    user_in: UserUpdate, current_user: CurrentUser, db: SessionDep
):
    return crud.user.update(db, current_user, user_in)


@router.get("", response_model=list[UserOut])
async def read_users(
    db: SessionDep, superuser: SuperUser, skip: int = 0, limit: int = 100
):
    return crud.user.get_multi(db, skip, limit)
