"""Lazy loads in what overrides a method, where the call names the base, an abstract class or a protocol."""

from __future__ import annotations

import sys
from pathlib import Path

from ..pipeline_tools import answers, converted, outcomes, write_service  # noqa: TID252

MODELS = """
from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import Base


class Author(Base):
    __tablename__ = "authors"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    books: Mapped[list["Book"]] = relationship()


class Book(Base):
    __tablename__ = "books"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    author_id: Mapped[int] = mapped_column(ForeignKey("authors.id"))
"""
PRESENT = """
from abc import ABC, abstractmethod
from typing import Protocol

from app.models import Author


class Presenter(ABC):
    @abstractmethod
    def render(self, author: Author) -> dict: ...


class FullPresenter(Presenter):
    def render(self, author: Author) -> dict:
        return {"name": author.name, "books": [book.title for book in author.books]}


class Mapper(Protocol):
    def to_dict(self, author: Author) -> dict: ...


class CountMapper:
    def to_dict(self, author: Author) -> dict:
        return {"n": len(author.books)}


class Plain:
    def describe(self, author: Author) -> str:
        return author.name


class Loud(Plain):
    def describe(self, author: Author) -> str:
        return author.name.upper() + "!" * len(author.books)


def get_presenter() -> Presenter:
    return FullPresenter()


def get_mapper() -> Mapper:
    return CountMapper()


def get_plain(loud: bool = False) -> Plain:
    return Loud() if loud else Plain()
"""
MAIN = """
from fastapi import Depends, FastAPI
from sqlalchemy.orm import Session

from app.database import Base, engine, get_db
from app.models import Author, Book
from app.present import Mapper, Plain, Presenter, get_mapper, get_plain, get_presenter

Base.metadata.create_all(engine)
app = FastAPI()


@app.post("/authors/{name}")
def add(name: str, db: Session = Depends(get_db)):
    author = Author(name=name, books=[Book(title="t"), Book(title="u")])
    db.add(author)
    db.commit()
    return author.id


@app.get("/authors/{id}")
def show(id: int, db: Session = Depends(get_db), presenter: Presenter = Depends(get_presenter)):
    author = db.get(Author, id)
    return presenter.render(author)


@app.get("/mapped/{id}")
def mapped(id: int, db: Session = Depends(get_db), mapper: Mapper = Depends(get_mapper)):
    author = db.query(Author).filter(Author.id == id).one()
    return mapper.to_dict(author)


@app.get("/described/{id}")
def described(id: int, db: Session = Depends(get_db), plain: Plain = Depends(get_plain)):
    author = db.query(Author).filter(Author.id == id).one()
    return plain.describe(author)
"""
REQUESTS = [
    ("POST", "/authors/a", None),
    ("GET", "/authors/1", None),
    ("GET", "/mapped/1", None),
    ("GET", "/described/1?loud=true", None),
    ("GET", "/described/1", None),
]


def test_what_overrides_read_is_loaded(tmp_path: Path) -> None:
    files = {"app/models.py": MODELS, "app/present.py": PRESENT, "app/main.py": MAIN}
    root = write_service(tmp_path / "service", files)
    before = answers(root, REQUESTS)
    result = converted(root, python=Path(sys.executable))
    assert set(outcomes(result).values()) == {"native"}
    assert answers(root, REQUESTS) == before
    assert [answer for _, answer in before["answers"]][2:] == [{"n": 2}, "A!!", "a"]
