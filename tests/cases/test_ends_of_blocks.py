"""A `with` that commits as it ends: what is read after that, or returned from inside, is read after a flush."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..pipeline_tools import answers, converted, outcomes, write_service  # noqa: TID252

MODELS = """
from sqlalchemy import ForeignKey, func
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import Base, engine


class Item(Base):
    __tablename__ = "items"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    stamp: Mapped[str] = mapped_column(server_default="made", onupdate=func.lower("CHANGED"))
    parts: Mapped[list["Part"]] = relationship(back_populates="item")


class Part(Base):
    __tablename__ = "parts"
    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("items.id"))
    item: Mapped[Item] = relationship(back_populates="parts")


Base.metadata.create_all(engine)
"""
HEAD = """
from contextlib import contextmanager

from fastapi import Depends, FastAPI
from pydantic import BaseModel, ConfigDict
from sqlalchemy import func, update
from sqlalchemy.orm import Session

from app.database import get_db
from app.models import Item, Part

app = FastAPI()


class Named(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    name: str


class Stamped(Named):
    stamp: str


class PartOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    id: int


class Full(Named):
    parts: list[PartOut]


class Unit:
    def __init__(self, db: Session):
        self.db = db

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        if kind is None:
            self.db.commit()


@contextmanager
def transaction(db: Session):
    try:
        yield
        db.commit()
    except Exception:
        db.rollback()
        raise

"""
ROUTES = """
@app.post("/new/{name}", response_model=Full)
def new(name: str, db: Session = Depends(get_db)):
    with UNIT:
        item = Item(name=name)
        db.add(item)
    return item


@app.post("/inside/{name}", response_model=Full)
def inside(name: str, db: Session = Depends(get_db)):
    with UNIT:
        item = Item(name=name)
        db.add(item)
        return item


@app.put("/stamp/{name}", response_model=Stamped)
def stamp(name: str, db: Session = Depends(get_db)):
    with UNIT:
        item = db.query(Item).filter(Item.name == name).one()
        item.name = name + "x"
    return item


@app.put("/stamp_inside/{name}", response_model=Stamped)
def stamp_inside(name: str, db: Session = Depends(get_db)):
    with UNIT:
        item = db.query(Item).filter(Item.name == name).one()
        item.name = name + "y"
        return item


@app.put("/bulk/{name}")
def bulk(name: str, db: Session = Depends(get_db)):
    with UNIT:
        item = db.query(Item).filter(Item.name == name).one()
        db.execute(update(Item).values(name=func.upper(Item.name)))
    return item.name


@app.post("/read/{name}")
def read(name: str, db: Session = Depends(get_db)):
    with UNIT:
        item = Item(name=name)
        db.add(item)
    return [part.id for part in item.parts]


@app.post("/plain/{name}", response_model=Named)
def plain(name: str, db: Session = Depends(get_db)):
    with UNIT:
        item = Item(name=name)
        db.add(item)
    return item


@app.put("/refreshed/{name}", response_model=Stamped)
def refreshed(name: str, db: Session = Depends(get_db)):
    with UNIT:
        item = db.query(Item).filter(Item.name == name).one()
        item.name = name + "z"
    db.refresh(item)
    return item


@app.get("/full/{name}", response_model=Full)
def full(name: str, db: Session = Depends(get_db)):
    with UNIT:
        return db.query(Item).filter(Item.name == name).one()
"""
REQUESTS = [
    ("POST", "/new/a", None), ("POST", "/inside/b", None), ("PUT", "/stamp/a", None), ("PUT", "/stamp_inside/b", None),
    ("POST", "/plain/c", None), ("PUT", "/refreshed/c", None), ("GET", "/full/ax", None), ("PUT", "/bulk/ax", None),
    ("POST", "/read/d", None),
]  # fmt: skip
#: A unit of work stays with the first that enters it and stays.
LEFT = {"POST /new", "POST /read", "POST /inside", "PUT /stamp", "PUT /stamp_inside", "PUT /bulk"}


@pytest.mark.parametrize("unit", ["Unit(db)", "db.begin()", "transaction(db)"])
def test_what_a_commit_at_the_end_leaves_unloaded_is_not_read(tmp_path: Path, unit: str) -> None:
    root = write_service(tmp_path, {"app/models.py": MODELS, "app/main.py": HEAD + ROUTES.replace("UNIT", unit)})
    before = answers(root, REQUESTS)
    assert [status for status, _ in before["answers"]] == [200] * len(REQUESTS)
    found = outcomes(converted(root))
    assert answers(root, REQUESTS) == before
    left = {name for name, outcome in found.items() if outcome == "left"}
    assert left == {f"{name}/{{name}}" for name in LEFT} if unit != "Unit(db)" else found.keys()
