"""An object that keeps one of a class with an async copy asks it in all its methods, or has a copy of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..pipeline_tools import answers, converted, outcomes, write_service  # noqa: TID252

MODELS = """
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, engine


class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    role: Mapped[str]


Base.metadata.create_all(engine)
"""
MAIN = """
import time

from fastapi import Depends, FastAPI
from sqlalchemy.orm import Session

from app.database import SessionLocal, get_db
from app.models import User

app = FastAPI()


class Users:
    def __init__(self, db: Session):
        self.db = db

    def named(self, name: str):
        return self.db.query(User).filter(User.name == name).one()

    def add(self, name: str, role: str) -> None:
        self.db.add(User(name=name, role=role))
        self.db.commit()


class Access:
    def __init__(self, users: Users):
        self.users = users

    def role(self, name: str) -> str:
        return self.users.named(name).role

    def is_admin(self, name: str) -> bool:
        try:
            return self.users.named(name).role == "admin"
        except Exception:
            return False


def get_users(db: Session = Depends(get_db)):
    return Users(db)


def get_access(users: Users = Depends(get_users)):
    WORK
    return Access(users=users)


@app.post("/users/{name}")
def add(name: str, role: str, users: Users = Depends(get_users)) -> None:
    users.add(name, role)


@app.get("/roles/{name}")
async def role(name: str, access: Access = Depends(get_access)) -> str:
    return access.role(name)


@app.get("/admins/{name}")
async def is_admin(name: str, access: Access = Depends(get_access)) -> bool:
    return access.is_admin(name)


def first() -> str:
    with SessionLocal() as db:
        return Users(db).named("a").role


if __name__ == "__main__":
    print(first())
"""
REQUESTS = [
    ("POST", "/users/a?role=admin", None),
    ("POST", "/users/b?role=guest", None),
    ("GET", "/roles/b", None),
    ("GET", "/admins/a", None),
    ("GET", "/admins/b", None),
]


@pytest.mark.parametrize("work", ["time.sleep(0.001)", '"""No work."""'])
@pytest.mark.parametrize("kept", ["", "is_admin"])
def test_methods_that_stay_ask_the_sync_object(tmp_path: Path, kept: str, work: str) -> None:
    main = MAIN.replace("WORK", work)
    root = write_service(tmp_path, {"app/models.py": MODELS, "app/main.py": main})
    before = answers(root, REQUESTS)
    assert before["answers"][2:] == [[200, "guest"], [200, True], [200, False]]
    found = outcomes(converted(root, keep_sync=(f"app.main.Access.{kept}",) if kept else ()))
    assert found["GET /roles/{name}"] == "repaired"
    assert (found["GET /admins/{name}"] == "left") == bool(kept)
    assert answers(root, REQUESTS) == before


def test_what_makes_an_object_that_stays_gives_it_a_sync_one(tmp_path: Path) -> None:
    main = MAIN.replace("WORK", "time.sleep(0.001)")
    root = write_service(tmp_path, {"app/models.py": MODELS, "app/main.py": main})
    before = answers(root, REQUESTS)
    found = outcomes(converted(root, keep_sync=("app.main.Access.is_admin", "app.main.Access.role")))
    assert found["POST /users/{name}"] == "native"
    assert answers(root, REQUESTS) == before
