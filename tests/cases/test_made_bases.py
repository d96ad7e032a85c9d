"""Bases that a call makes of a class, `Base = declarative_base(cls=Record)`: its methods are those of the models."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from ..pipeline_tools import DATABASE, answers, converted, outcomes, write_service  # noqa: TID252

RECORD = """
from typing import Optional, Type, TypeVar

from sqlalchemy import Column, Integer
from sqlalchemy.orm import Session, declarative_base, declared_attr, registry

T = TypeVar("T", bound="Record")


class Record:
    id = Column(Integer, primary_key=True)

    @declared_attr
    def __tablename__(cls) -> str:
        return cls.__name__.lower()

    @classmethod
    def get_by(cls: Type[T], db: Session, *, field: str, value) -> Optional[T]:
        return db.query(cls).filter_by(**{field: value}).first()

    @classmethod
    def query(cls: Type[T], db: Session):
        return db.query(cls)

    @classmethod
    def create(cls: Type[T], db: Session, **values) -> T:
        made = cls(**values)
        return made.save(db)

    def save(self, db: Session):
        db.add(self)
        db.commit()
        db.refresh(self)
        return self

    def delete(self, db: Session) -> None:
        db.delete(self)
        db.commit()


BASE
"""
MODELS = """
from sqlalchemy import Column, ForeignKey, Integer, String
from sqlalchemy.orm import relationship

from app.database import engine
from app.record import Base


class Tag(Base):
    name = Column(String)
    item_id = Column(Integer, ForeignKey("item.id"))


class Item(Base):
    name = Column(String)
    tags = relationship("Tag")


Base.metadata.create_all(engine)
"""
MAIN = """
from fastapi import Depends, FastAPI
from sqlalchemy.orm import Session

from app.database import get_db
from app.models import Item, Tag

app = FastAPI()


@app.post("/items")
def create(db: Session = Depends(get_db)):
    item = Item.create(db, name="a")
    Tag.create(db, name="t", item_id=item.id)
    return item.id


@app.get("/items")
def items(db: Session = Depends(get_db)):
    return [item.name for item in Item.query(db).filter(Item.name == "a").order_by(Item.id).all()]


@app.get("/tags")
def tags(db: Session = Depends(get_db)):
    found = Item.get_by(db, field="id", value=1)
    return [tag.name for tag in found.tags]


@app.post("/delete")
def delete(db: Session = Depends(get_db)):
    Item.create(db, name="b").delete(db)
    return Item.query(db).count()
"""
REQUESTS = [("POST", "/items", None), ("GET", "/items", None), ("GET", "/tags", None), ("POST", "/delete", None)]
BASES = {
    "function": "Base = declarative_base(cls=Record)",
    "lines": "Base = declarative_base(\n    name='Base',\n    cls=Record,\n)",
    "registry": "mapper_registry = registry()\nBase = mapper_registry.generate_base(cls=Record)",
}


@pytest.mark.parametrize("base", list(BASES))
def test_methods_of_the_class_behind_a_base(base: str, tmp_path: Path) -> None:
    record = RECORD.replace("BASE", BASES[base])
    files = {"app/database.py": DATABASE, "app/record.py": record, "app/models.py": MODELS, "app/main.py": MAIN}
    root = write_service(tmp_path, {name: dedent(text) for name, text in files.items()}, basic=False)
    before = answers(root, REQUESTS)
    assert before["answers"] == [[200, 1], [200, ["a"]], [200, ["t"]], [200, 1]]
    result = converted(root)
    assert set(outcomes(result).values()) == {"native"}
    assert answers(root, REQUESTS) == before
    assert not converted(root).after
