"""Methods that give their object back (`return Item(name=name).save(db)`): a new object stays one on the way."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..pipeline_tools import answers, app, converted, outcomes, write_service  # noqa: TID252

MODELS = """
from __future__ import annotations

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from app.database import Base, engine


class ActiveRecord:
    def save(self, db: Session):
        db.add(self)
        db.commit()
        return self


class Shelf(ActiveRecord, Base):
    __tablename__ = "shelves"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    boxes: Mapped[list[Box]] = relationship(back_populates="shelf")

    def stored(self, db: Session) -> Shelf:
        db.add(self)
        db.commit()
        return self


class Box(ActiveRecord, Base):
    __tablename__ = "boxes"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    shelf_id: Mapped[int] = mapped_column(ForeignKey("shelves.id"))
    shelf: Mapped[Shelf] = relationship(back_populates="boxes")


Base.metadata.create_all(engine)
"""
BODY = """
class BoxOut(BaseModel):
    name: str


class ShelfOut(BoxOut):
    model_config = ConfigDict(from_attributes=True)
    id: int
    boxes: list[BoxOut]


@app.post("/shelves/{name}", response_model=ShelfOut)
def create(name: str, db: Session = Depends(get_db)):
    MADE


@app.get("/shelves", response_model=list[ShelfOut])
def everything(db: Session = Depends(get_db)):
    return db.query(Shelf).order_by(Shelf.id).all()
"""
IMPORTS = "from pydantic import BaseModel, ConfigDict\n\nfrom app.shelves import Shelf"
MADE = {
    "of a mixin": "return Shelf(name=name).save(db)",
    "of the class": "return Shelf(name=name).stored(db)",
    "named": "shelf = Shelf(name=name).save(db)\n    return shelf",
    "twice": "return Shelf(name=name).save(db).stored(db)",
}
REQUESTS = [("POST", "/shelves/a", None), ("POST", "/shelves/b", None), ("GET", "/shelves", None)]


@pytest.mark.parametrize("made", MADE)
def test_what_a_response_reads_of_it_is_loaded(made: str, tmp_path: Path) -> None:
    root = write_service(tmp_path, {**app(BODY.replace("MADE", MADE[made]), IMPORTS), "app/shelves.py": MODELS})
    before = answers(root, REQUESTS)
    assert [status for status, _ in before["answers"]] == [200] * 3
    assert outcomes(converted(root))["GET /shelves"] == "native"
    assert answers(root, REQUESTS) == before
    assert not converted(root).after


#: A repository without types: what it makes is of a class that nobody knows.
REPOSITORY = """
class Repository:
    def __init__(self, model, db):
        self.model = model
        self.db = db

    def create(self, **values):
        found = self.model(**values)
        self.db.add(found)
        self.db.commit()RENEWED
        return found

    def find(self, key):
        return self.db.get(self.model, key)


def get_shelves(db: Session = Depends(get_db)):
    return Repository(Shelf, db)


"""
ROUTES = """
@app.get("/shelves/{key}", response_model=ShelfOut)
def one(key: int, shelves: Repository = Depends(get_shelves)):
    return shelves.find(key)


@app.post("/shelves/{name}", response_model=ShelfOut)
def create(name: str, shelves: Repository = Depends(get_shelves)):
    return shelves.create(name=name)
"""


@pytest.mark.parametrize(
    ("renewed", "outcome"), [("", "left"), ("\n        self.db.refresh(found)", "native")], ids=["as made", "renewed"]
)
def test_what_is_made_without_a_known_class_may_be_new(renewed: str, outcome: str, tmp_path: Path) -> None:
    schemas, _, routes = BODY.partition("@app.post")
    body = schemas + REPOSITORY.replace("RENEWED", renewed) + ROUTES + routes[routes.index("\n\n\n@app.get") :]
    root = write_service(tmp_path, {**app(body, IMPORTS), "app/shelves.py": MODELS})
    requests = [*REQUESTS, ("GET", "/shelves/1", None)]
    before = answers(root, requests)
    assert [status for status, _ in before["answers"]] == [200] * 4
    found = outcomes(converted(root))
    assert (found["POST /shelves/{name}"], found["GET /shelves/{key}"]) == (outcome, "native")
    assert answers(root, requests) == before
    assert not converted(root).after
