"""Routes of one module that share a name: each is looked at by itself."""

from __future__ import annotations

from pathlib import Path

from awaitify.config import Settings
from awaitify.pipeline import plan_project
from awaitify.report.explain import explain

from ..pipeline_tools import answers, converted, outcomes, write_service  # noqa: TID252

MODELS = """
from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import Base, engine


class Folder(Base):
    __tablename__ = "folders"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    items: Mapped[list["Item"]] = relationship(back_populates="folder", order_by="Item.id")


class Item(Base):
    __tablename__ = "items"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    folder_id: Mapped[int] = mapped_column(ForeignKey("folders.id"))
    folder: Mapped[Folder] = relationship(back_populates="items")


Base.metadata.create_all(engine)
"""
MAIN = """
from fastapi import Depends, FastAPI
from sqlalchemy.orm import Session

from app.database import get_db
from app.models import Folder, Item

app = FastAPI()


@app.post("/folders/{name}")
def add(name: str, db: Session = Depends(get_db)) -> None:
    db.add(Folder(name=name, items=[Item(name="a"), Item(name="b")]))
    db.commit()


@app.get("/folders/{folder_id}")
def read(folder_id: int, db: Session = Depends(get_db)) -> list[str]:
    folder = db.get(Folder, folder_id)
    return [item.name for item in folder.items]


@app.get("/items/{item_id}")
def read(item_id: int, db: Session = Depends(get_db)) -> str:  # noqa: F811
    item = db.get(Item, item_id)
    return item.folder.name


@app.get("/words")
def read(db: Session = Depends(get_db)) -> dict:  # noqa: F811
    import untyped

    return untyped.hidden(db)
"""
ASKED = [("POST", "/folders/x", None), ("GET", "/folders/1", None), ("GET", "/items/2", None)]


def test_routes_of_one_name(tmp_path: Path) -> None:
    root = write_service(tmp_path, {"app/models.py": MODELS, "app/main.py": MAIN})
    before = answers(root, ASKED)
    result = converted(root)
    found = outcomes(result)
    assert found["GET /folders/{folder_id}"] == found["GET /items/{item_id}"] == "native"
    assert found["GET /words"] not in ("native", "bridged")
    assert answers(root, ASKED) == before
    assert [answer[1] for answer in before["answers"]] == [None, ["a", "b"], "x"]
    assert converted(root).after == {}


def test_their_name_stands_for_all_of_them(tmp_path: Path) -> None:
    root = write_service(tmp_path, {"app/models.py": MODELS, "app/main.py": MAIN})
    told = explain(plan_project(root, Settings()).plan, "read")
    assert all(f"app/main.py:{line}" in told for line in (17, 23))
    result = converted(root, keep_sync=("app.main.read",))
    assert {name for name, outcome in outcomes(result).items() if outcome == "native"} == {"POST /folders/{name}"}
