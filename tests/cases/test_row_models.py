"""Response models of rows that hold objects: `Row(Item=..., number=...)`."""

from __future__ import annotations

from pathlib import Path

from ..pipeline_tools import answers, app, converted, write_service  # noqa: TID252
from .test_hostile_staleness import LINKED

ROWS = """
from pydantic import BaseModel
from sqlalchemy import func, text

from app.models import Tag


class TagOut(BaseModel):
    model_config = {"from_attributes": True}
    label: str


class ItemOut(BaseModel):
    model_config = {"from_attributes": True}
    name: str
    tags: list[TagOut]


class Counted(BaseModel):
    model_config = {"from_attributes": True}
    Item: ItemOut
    number: int


@app.post("/items")
def create(db: Session = Depends(get_db)) -> int:
    item = Item(name="a")
    db.add(item)
    db.flush()
    db.add(Tag(item_id=item.id, label="x"))
    db.commit()
    return item.id


@app.get("/rows", response_model=list[Counted])
def rows(db: Session = Depends(get_db)):
    return db.query(Item, func.count(Tag.id).label("number")).join(Tag).group_by(Item.id).all()


@app.get("/row", response_model=Counted)
def row(db: Session = Depends(get_db)):
    found = db.query(func.count(Tag.id).label("number"), Item).join(Tag).group_by(Item.id).first()
    return found
"""


def test_response_models_read_what_rows_hold(tmp_path: Path) -> None:
    root = write_service(tmp_path / "service", {"app/models.py": LINKED, **app(ROWS)})
    requests = [("POST", "/items", None), ("GET", "/rows", None), ("GET", "/row", None)]
    before = answers(root, requests)
    assert [status for status, *_ in before["answers"]] == [200, 200, 200]
    result = converted(root)
    assert {item.path: item.after for item in result.plan.routes} == dict.fromkeys(("/items", "/rows", "/row"), "async")
    assert answers(root, requests) == before
