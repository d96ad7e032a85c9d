"""New objects whose way from the constructor to the response nothing tells: a mapping has loaded nothing for them.
Other routes read the same relationship, so the mapping loads it, for what queries give."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..pipeline_tools import answers, app, converted, outcomes, write_service  # noqa: TID252

MODELS = """
from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import Base, engine


class Item(Base):
    __tablename__ = "items"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    tags: Mapped[list["Tag"]] = relationship(back_populates="item")

    def copy(self):
        return self.__class__(name=self.name + "2")


class Tag(Base):
    __tablename__ = "tags"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    item_id: Mapped[int] = mapped_column(ForeignKey("items.id"))
    item: Mapped[Item] = relationship(back_populates="tags")


class Log(Base):
    __tablename__ = "logs"
    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str]


KINDS = {"item": Item, "tag": Tag}
Base.metadata.create_all(engine)
"""
STORE = """
from dataclasses import dataclass

from app.models import KINDS


def persist(db, obj):
    db.add(obj)
    db.commit()


def renewed(db, obj):
    persist(db, obj)
    db.refresh(obj)


def get_or_create(db, model, **values):
    found = db.query(model).filter_by(**values).first()
    if found:
        return found, False
    found = model(**values)
    db.add(found)
    db.commit()
    return found, True


def several(db, model, names):
    found = [model(name=name) for name in names]
    db.add_all(found)
    db.commit()
    return found


def build(kind, **values):
    return KINDS[kind](**values)


@dataclass
class Result:
    item: object


def boxed(db, model, **values):
    found = model(**values)
    db.add(found)
    db.commit()
    return Result(item=found)


class Factory:
    def __init__(self, model):
        self.model = model

    def make(self, **values):
        return self.model(**values)


class Saver:
    def __init__(self, db):
        self.db = db

    def __call__(self, obj):
        self.db.add(obj)
        self.db.commit()
        return obj


def merged(db, obj):
    found = db.merge(obj)
    db.commit()
    return found


def found_by(db, model, name):
    return db.query(model).filter_by(name=name).first()
"""
IMPORTS = "from pydantic import BaseModel, ConfigDict\n\nfrom app import store\nfrom app.models import Log, Tag"
BODY = """
class TagOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    name: str


class ItemOut(TagOut):
    tags: list[TagOut]


@app.post("/items", response_model=list[ItemOut])
def create(db: Session = Depends(get_db)):
    WAY


@app.get("/items", response_model=list[ItemOut])
def read(db: Session = Depends(get_db)):
    return db.query(Item).order_by(Item.id).all()
"""
SAVED = "store.persist(db, item)\n    return [item]"
WAYS = {
    "pair": 'item, _ = store.get_or_create(db, Item, name="a")\n    return [item]',
    "several": 'return store.several(db, Item, ["a", "b"])',
    "table of classes": f'item = store.build("item", name="a")\n    {SAVED}',
    "boxed": 'return [store.boxed(db, Item, name="a").item]',
    "factory": f'item = store.Factory(Item).make(name="a")\n    {SAVED}',
    "called object": 'return [store.Saver(db)(Item(name="a"))]',
    "merge": 'return [store.merged(db, Item(name="a"))]',
    "of an own method": f'item = Item(name="b").copy()\n    {SAVED}',
    "with an owner": 'tag = Tag(name="t", item=store.build("item", name="a"))\n    store.persist(db, tag)\n'
    "    return [tag.item]",
}
#: Nothing new is read here: renewed, or of another class.
SAFE = {
    "renewed": 'item = store.build("item", name="a")\n    store.renewed(db, item)\n    return [item]',
    "another class": 'store.persist(db, Log(text="a"))\n    return [store.found_by(db, Item, "a")] * 0',
}


def _both(tmp_path: Path, way: str) -> tuple[str, bool]:
    """The outcome of the route, and whether the service answers as before."""
    files = {"app/models.py": MODELS, "app/store.py": STORE, **app(BODY.replace("WAY", way), IMPORTS)}
    root = write_service(tmp_path, files)
    requests = [("POST", "/items", None), ("POST", "/items", None), ("GET", "/items", None)]
    before = answers(root, requests)
    assert [status for status, _ in before["answers"]] == [200] * 3
    found = outcomes(converted(root))
    assert found["GET /items"] == "native"
    return found["POST /items"], answers(root, requests) == before


@pytest.mark.parametrize("way", WAYS)
def test_a_new_object_is_not_taken_for_a_loaded_one(way: str, tmp_path: Path) -> None:
    assert _both(tmp_path, WAYS[way])[1]


@pytest.mark.parametrize("way", SAFE)
def test_what_is_renewed_or_of_another_class_holds_nothing_back(way: str, tmp_path: Path) -> None:
    assert _both(tmp_path, SAFE[way]) == ("native", True)
