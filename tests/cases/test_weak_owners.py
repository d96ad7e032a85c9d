"""The identity map is a weak one: the owner of a collection is gone when nothing holds it, and `tag.item` queries it
anew. And forms in which a model reads objects without being called for each."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..pipeline_tools import RELATED, answers, app, converted, outcomes, write_service  # noqa: TID252

MORE = """
from pydantic import BaseModel, ConfigDict, RootModel, TypeAdapter, model_validator

from app.models import Tag
"""
BODY = """
class ItemName(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    name: str


class TagOut(ItemName):
    item: ItemName


class Tags(BaseModel):
    tags: list[TagOut]


class ItemOut(ItemName):
    tags: list[ItemName]


class Items(RootModel[list[ItemOut]]):
    model_config = ConfigDict(from_attributes=True)


class Counted(BaseModel):
    count: int

    @model_validator(mode="before")
    @classmethod
    def of(cls, data):
        return {"count": len(data.tags)}


Many = TypeAdapter(list[ItemOut])


def tags_of(db: Session, key: int):
    item = db.get(Item, key)
    return item.tags


def names(tags):
    return [tag.item.name for tag in tags]


@app.post("/items")
def create(db: Session = Depends(get_db)):
    item = Item(name="a")
    db.add(item)
    db.commit()
    db.add(Tag(name="t", item_id=item.id))
    db.commit()
    return item.id


@app.get("/read"MODEL)
def read(db: Session = Depends(get_db)):
    READ
"""
FIRST = "item = db.query(Item).first()\n    "
WAYS = {
    "of a query": "tags = db.query(Item).first().tags\n    return [tag.item.name for tag in tags]",
    "returned": FIRST + "return item.tags",
    "returned by choice": FIRST + "return item.tags if item else []",
    "returned under a key": FIRST + 'return {"tags": item.tags}',
    "of a function": "return [tag.item.name for tag in tags_of(db, 1)]",
    "handed over": FIRST + "return names(item.tags)",
    "held by a name": FIRST + "return [tag.item.name for tag in item.tags]",
    "of a comprehension": "tags = [tag for item in db.query(Item).all() for tag in item.tags]\n"
    "    return [tag.item.name for tag in tags]",
    "gathered in a loop": "tags = []\n    for item in db.query(Item):\n        tags.extend(item.tags)\n"
    "    return [tag.item.name for tag in tags]",
    "in a loop over a query": "found = {}\n    for tag in db.query(Tag):\n"
    "        found.setdefault(tag.item.name, []).append(tag.name)\n    return found",
    "adapter": "return Many.validate_python(db.query(Item).all())",
    "adapter at once": "return TypeAdapter(list[ItemOut]).validate_python(db.query(Item).all())",
    "root model": "return Items.model_validate(db.query(Item).all())",
    "early validator": "return Counted.model_validate(db.query(Item).first())",
}


RETURNED = {"returned": "list[TagOut]", "returned by choice": "list[TagOut]", "returned under a key": "Tags"}


@pytest.mark.parametrize("way", WAYS)
def test_what_is_read_is_loaded(way: str, tmp_path: Path) -> None:
    model = f", response_model={RETURNED[way]}" if way in RETURNED else ""
    files = {
        "app/models.py": RELATED,
        **app(BODY.replace('/read"MODEL', f'/read"{model}').replace("READ", WAYS[way]), MORE),
    }
    root = write_service(tmp_path, files)
    requests = [("POST", "/items", None), ("POST", "/items", None), ("GET", "/read", None)]
    before = answers(root, requests)
    assert [status for status, _ in before["answers"]] == [200] * 3
    found = outcomes(converted(root))
    assert answers(root, requests) == before
    assert found["GET /read"] == "native" or way == "of a function"
    assert not converted(root).after
