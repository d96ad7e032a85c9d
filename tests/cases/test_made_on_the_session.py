"""Objects that a function makes which other routes need sync: what it has not loaded is loaded by its caller."""

from __future__ import annotations

from pathlib import Path

from ..pipeline_tools import answers, app, converted, outcomes, write_service  # noqa: TID252

MODELS = """
from datetime import datetime

from sqlalchemy import ForeignKey, func
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import Base, engine


class Shelf(Base):
    __tablename__ = "shelves"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    changed: Mapped[datetime | None] = mapped_column(onupdate=func.now())
    books: Mapped[list["Book"]] = relationship()


class Book(Base):
    __tablename__ = "books"
    id: Mapped[int] = mapped_column(primary_key=True)
    shelf_id: Mapped[int] = mapped_column(ForeignKey("shelves.id"))


Base.metadata.create_all(engine)
"""
MAIN = """
class BookOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    id: int


class ShelfOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    name: str
    books: list[BookOut]


def make(db: Session, name: str) -> Shelf:
    shelf = Shelf(name=name)
    db.add(shelf)
    db.commit()
    return shelf


def rename(db: Session, shelf: Shelf):
    shelf.name = "renamed"
    db.commit()


@app.post("/stays")
def stays(db: Session = Depends(get_db)):
    shelf = make(db, "left")
    rename(db, shelf)
    db.expire_all()
    return shelf.name


@app.post("/shown", response_model=ShelfOut)
def shown(db: Session = Depends(get_db)):
    return make(db, "a")


@app.post("/named", response_model=ShelfOut)
def named(db: Session = Depends(get_db)):
    shelf = make(db, "b")
    return shelf


@app.post("/inline")
def inline(db: Session = Depends(get_db)):
    return len(make(db, "c").books)


@app.post("/renamed")
def renamed(db: Session = Depends(get_db)):
    shelf = Shelf(name="d")
    db.add(shelf)
    db.commit()
    rename(db, shelf)
    return [shelf.changed is None, shelf.name]
"""
ASKED = [("POST", path, None) for path in ("/stays", "/shown", "/named", "/inline", "/renamed")]


def test_what_a_maker_has_not_loaded(tmp_path: Path) -> None:
    imports = "from pydantic import BaseModel, ConfigDict\n\nfrom app.shelves import Book, Shelf"
    root = write_service(tmp_path, {**app(MAIN, imports), "app/shelves.py": MODELS})
    before = answers(root, ASKED)
    assert before["answers"] == [
        [200, "renamed"], [200, {"name": "a", "books": []}], [200, {"name": "b", "books": []}], [200, 0],
        [200, [False, "renamed"]],
    ]  # fmt: skip
    result = converted(root)
    assert answers(root, ASKED) == before
    moved = outcomes(result)
    assert moved == {
        "POST /stays": "left", "POST /shown": "native", "POST /named": "native", "POST /inline": "left",
        "POST /renamed": "native",
    }  # fmt: skip
