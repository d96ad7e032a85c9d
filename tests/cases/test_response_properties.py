"""Response models that read on in what a property gives: objects of a relationship, filtered, or one of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..pipeline_tools import answers, app, converted, outcomes, write_service  # noqa: TID252

MODELS = """
from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import Base, engine


class Shelf(Base):
    __tablename__ = "shelves"
    id: Mapped[int] = mapped_column(primary_key=True)
    boxes: Mapped[list["Box"]] = relationship(back_populates="shelf", order_by="Box.id")

    @property
    def open_boxes(self):
        return [box for box in self.boxes if box.is_open]

    @property
    def first_box(self):
        return next(iter(self.open_boxes), None)


class Box(Base):
    __tablename__ = "boxes"
    id: Mapped[int] = mapped_column(primary_key=True)
    is_open: Mapped[bool] = mapped_column(default=True)
    shelf_id: Mapped[int] = mapped_column(ForeignKey("shelves.id"))
    shelf: Mapped[Shelf] = relationship(back_populates="boxes")
    things: Mapped[list["Thing"]] = relationship(order_by="Thing.id")

    @property
    def weight(self):
        return sum(thing.weight for thing in self.things)


class Thing(Base):
    __tablename__ = "things"
    id: Mapped[int] = mapped_column(primary_key=True)
    weight: Mapped[int]
    box_id: Mapped[int] = mapped_column(ForeignKey("boxes.id"))


Base.metadata.create_all(engine)
"""
BODY = """
class BoxOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    id: int
    weight: int


class ShelfOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    id: int
    FIELD


@app.post("/shelves")
def fill(db: Session = Depends(get_db)):
    boxes = [Box(things=[Thing(weight=2), Thing(weight=3)]), Box(is_open=False), Box(things=[Thing(weight=9)])]
    db.add(Shelf(boxes=boxes))
    db.commit()


@app.get("/shelves/{key}", response_model=ShelfOut)
def read(key: int, db: Session = Depends(get_db)):
    return db.get(Shelf, key)


@app.get("/shelves", response_model=list[ShelfOut])
def every(db: Session = Depends(get_db)):
    return db.query(Shelf).order_by(Shelf.id).all()
"""
IMPORTS = "from pydantic import BaseModel, ConfigDict\nfrom app.models import Box, Shelf, Thing"
REQUESTS = [("POST", "/shelves", None), ("GET", "/shelves/1", None), ("GET", "/shelves", None)]


@pytest.mark.parametrize("field", ["open_boxes: list[BoxOut]", "first_box: BoxOut | None"])
def test_what_a_property_gives_is_loaded_for_the_schema_inside(tmp_path: Path, field: str) -> None:
    body = {name: str(code).replace("import Item", "import Shelf") for name, code in app(BODY, IMPORTS).items()}
    files = {name: code.replace("FIELD", field) for name, code in body.items()}
    root = write_service(tmp_path, {**files, "app/models.py": MODELS})
    before = answers(root, REQUESTS)
    assert [status for status, _ in before["answers"]] == [200, 200, 200]
    assert set(outcomes(converted(root)).values()) == {"native"}
    assert answers(root, REQUESTS) == before
    assert not converted(root).after
