"""Relationships that are read of one object at one place are loaded by one refresh."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..pipeline_tools import answers, converted, outcomes, write_service  # noqa: TID252

MODELS = """
from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import Base, engine


class Folder(Base):
    __tablename__ = "folders"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    items: Mapped[list["Item"]] = relationship(order_by="Item.id")
    notes: Mapped[list["Note"]] = relationship(order_by="Note.id")


class Item(Base):
    __tablename__ = "items"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    folder_id: Mapped[int] = mapped_column(ForeignKey("folders.id"))


class Note(Base):
    __tablename__ = "notes"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    folder_id: Mapped[int] = mapped_column(ForeignKey("folders.id"))


Base.metadata.create_all(engine)
"""
MAIN = """
from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel, ConfigDict
from sqlalchemy.orm import Session

from app.database import get_db
from app.models import Folder, Item, Note

app = FastAPI()


class Named(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    name: str


class Whole(Named):
    items: list[Named]
    notes: list[Named]


@app.post("/folders/{name}")
def add(name: str, db: Session = Depends(get_db)) -> None:
    db.add(Folder(name=name, items=[Item(name="a")], notes=[Note(name="n"), Note(name="m")]))
    db.commit()


@app.get("/folders/{folder_id}", response_model=Whole)
def read(folder_id: int, db: Session = Depends(get_db)):
    folder = db.get(Folder, folder_id)
    if folder is None:
        raise HTTPException(404)
    return folder
"""
ASKED = [("POST", "/folders/x", None), ("GET", "/folders/1", None), ("GET", "/folders/2", None)]


def test_two_relationships_take_one_refresh(tmp_path: Path) -> None:
    root = write_service(tmp_path, {"app/models.py": MODELS, "app/main.py": MAIN})
    before = answers(root, ASKED)
    assert set(outcomes(converted(root)).values()) == {"native"}
    assert answers(root, ASKED) == before
    assert [status for status, _ in before["answers"]] == [200, 200, 404]
    text = (root / "app/main.py").read_text()
    assert text.count(".refresh(") == 1
    assert 'await db.refresh(folder, attribute_names=["items", "notes"])' in text


TOUCH = """

@app.put("/items/{item_id}", response_model=Whole)
def touch(item_id: int, db: Session = Depends(get_db)):
    item = db.get(Item, item_id)
    if item is None:
        raise HTTPException(404)
    folder = item.folder
    db.commit()
    db.refresh(folder)
    return folder
"""


def test_what_was_refreshed_is_not_asked_for_none(tmp_path: Path) -> None:
    models = MODELS.replace('relationship(order_by="Item.id")', 'relationship(back_populates="folder")')
    models = models.replace(
        "\n\n\nclass Note(Base)",
        '\n    folder: Mapped["Folder | None"] = relationship(back_populates="items")\n\n\nclass Note(Base)',
    )
    root = write_service(tmp_path, {"app/models.py": models, "app/main.py": MAIN + TOUCH})
    asked = [*ASKED, ("PUT", "/items/1", None), ("PUT", "/items/2", None)]
    before = answers(root, asked)
    assert [status for status, _ in before["answers"]] == [200, 200, 404, 200, 404]
    assert set(outcomes(converted(root)).values()) == {"native"}
    assert answers(root, asked) == before
    assert "if folder is not None" not in (root / "app/main.py").read_text()


def test_a_name_that_is_bound_again_may_be_none(tmp_path: Path) -> None:
    again = TOUCH.replace(
        "    db.refresh(folder)\n", "    db.refresh(folder)\n    folder = db.get(Folder, item.folder_id + 1)\n"
    )
    again = again.replace("response_model=Whole", "response_model=Whole | None")
    models = MODELS.replace("relationship(order_by=", "relationship(back_populates='folder', order_by=", 1)
    models = models.replace(
        "\n\n\nclass Note(Base)",
        "\n    folder: Mapped[Folder | None] = relationship(back_populates='items')\n\n\nclass Note(Base)",
    )
    root = write_service(tmp_path, {"app/models.py": models, "app/main.py": MAIN + again})
    asked = [*ASKED, ("PUT", "/items/1", None)]
    before = answers(root, asked)
    assert before["answers"][-1] == [200, None]
    converted(root)
    assert answers(root, asked) == before


@pytest.mark.parametrize("leaving", ["raise HTTPException(404)", "continue"])
@pytest.mark.parametrize("condition", ["not folder or folder.name == 'y'", "name == 'y' or folder is None"])
def test_a_condition_that_leaves_in_any_case_without_an_object_needs_no_guard(
    tmp_path: Path, condition: str, leaving: str
) -> None:
    counts = f"""

@app.get("/counts/{{name}}")
def counts(name: str, db: Session = Depends(get_db)) -> list[int]:
    found = []
    for key in (1, 2):
        folder = db.get(Folder, key)
        if {condition}:
            {leaving}
        found.append(len(folder.items) if folder.name else 0)
    return found
"""
    root = write_service(tmp_path, {"app/models.py": MODELS, "app/main.py": MAIN + counts})
    asked = [("POST", "/folders/x", None), ("GET", "/counts/y", None), ("GET", "/counts/x", None)]
    before = answers(root, asked)
    result = converted(root)
    assert outcomes(result)["GET /counts/{name}"] == "native"
    assert "is not None:" not in result.after["app/main.py"].decode()
    assert answers(root, asked) == before
