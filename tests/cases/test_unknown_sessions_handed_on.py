"""A session of unknown origin that a route only hands on: what it is handed to stays sync for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..pipeline_tools import answers, converted, route, rules, write_service  # noqa: TID252

DATABASE = """
from contextlib import contextmanager

from sqlalchemy import create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker

engine = create_engine("sqlite:///./app.db")


class Base(DeclarativeBase):
    pass


class Item(Base):
    __tablename__ = "items"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


class Store:
    factory = sessionmaker(bind=engine)
    kept = factory()

    @contextmanager
    def opened(self):
        db = self.factory()
        try:
            yield db
        finally:
            db.close()


Base.metadata.create_all(engine)
"""
CRUD = """
from app.database import Item


def get_item(db, item_id: int):
    return db.query(Item).filter(Item.id == item_id).first()
"""
#: It tells what kind of object `db` is.
JOB = """
from sqlalchemy.orm import Session

from app import crud


def job(db: Session):
    return crud.get_item(db, 1)
"""
HEAD = """
from fastapi import Depends, FastAPI, Request

from app import crud
from app.database import Store

app = FastAPI()
kept = Store()


@app.middleware("http")
async def keep(request: Request, call_next):
    request.state.store = kept
    return await call_next(request)


def get_store(request: Request):
    return request.state.store


"""
FORMS = {
    "opened in the route": """
@app.get("/items/{item_id}")
async def one(item_id: int, store=Depends(get_store)):
    with store.opened() as db:
        return {"found": crud.get_item(db, item_id) is not None}
""",
    "of a dependency": """
def get_db(store=Depends(get_store)):
    with store.opened() as db:
        yield db


@app.get("/items/{item_id}")
def one(item_id: int, db=Depends(get_db)):
    return {"found": crud.get_item(db, item_id) is not None}
""",
    "an attribute": """
@app.get("/items/{item_id}")
def one(item_id: int, store=Depends(get_store)):
    return {"found": crud.get_item(store.kept, item_id) is not None}
""",
    "of a helper": """
def make(store):
    return store.factory()


@app.get("/items/{item_id}")
def one(item_id: int, store=Depends(get_store)):
    db = make(store)
    return {"found": crud.get_item(db, item_id) is not None}
""",
    "returned": """
def get_db(store=Depends(get_store)):
    return store.factory()


@app.get("/items/{item_id}")
def one(item_id: int, db=Depends(get_db)):
    return {"found": crud.get_item(db, item_id) is not None}
""",
}
REQUESTS = [("GET", "/items/1", None)]


@pytest.mark.parametrize("form", FORMS)
def test_the_route_stays(tmp_path: Path, form: str) -> None:
    files = {"app/database.py": DATABASE, "app/crud.py": CRUD, "app/job.py": JOB, "app/main.py": HEAD + FORMS[form]}
    root = write_service(tmp_path, files, basic=False)
    before = answers(root, REQUESTS)
    assert before["answers"] == [[200, {"found": False}]]
    found = route(converted(root), "GET", "/items/{item_id}")
    assert found.outcome == "left" and rules(found) == {"session-source"}
    assert answers(root, REQUESTS) == before
