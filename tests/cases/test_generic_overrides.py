"""Generic repositories of which one overrides a method with work that is no session's, where scripts use them too."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..pipeline_tools import answers, app, converted, outcomes, write_service  # noqa: TID252

CRUD = """
from typing import Generic, Type, TypeVar

import hashlib
from sqlalchemy.orm import Session

from app.database import Base
from app.models import Item, Tag

Model = TypeVar("Model", bound=Base)


class CRUDBase(Generic[Model]):
    def __init__(self, model: Type[Model]):
        self.model = model

    def create(self, db: Session, **values) -> Model:
        made = self.model(**values)
        db.add(made)
        db.commit()
        db.refresh(made)
        return made


class CRUDTag(CRUDBase[Tag]):
    def count(self, db: Session) -> int:
        return db.query(Tag).count()


class CRUDItem(CRUDBase[Item]):
    def create(self, db: Session, **values) -> Item:
        values["price"] = len(hashlib.pbkdf2_hmac("sha256", values["name"].encode(), b"s", 10))
        made = Item(**values)
        db.add(made)
        db.commit()
        return made


tags = CRUDTag(Tag)
items = CRUDItem(Item)
"""
SCRIPT = """
from app.crud import items, tags
from app.database import SessionLocal


def fill():
    db = SessionLocal()
    item = items.create(db, name="z")
    tags.create(db, item_id=item.id, label="t")
    db.close()


if __name__ == "__main__":
    fill()
"""
BODY = """
@app.post("/items/{name}")
def add_item(name: str, db: Session = Depends(get_db)):
    return {"price": items.create(db, name=name).price}


@app.post("/tags/{label}")
def add_tag(label: str, db: Session = Depends(get_db)):
    tag = tags.create(db, item_id=1, label=label)
    return {"label": tag.label, "n": tags.count(db)}
"""
BOTH = """

@app.post("/both/{name}")
def add_both(name: str, db: Session = Depends(get_db)):
    pairs = ((items, {"name": name}), (tags, {"item_id": 1, "label": "b"}))
    return len([kind.create(db, **values) for kind, values in pairs])
"""
REQUESTS = [("POST", "/items/a", None), ("POST", "/tags/b", None), ("POST", "/tags/c", None)]


def _service(root: Path, body: str = BODY, crud: str = CRUD) -> Path:
    files = app(body, "from app.crud import items, tags")
    return write_service(root / "service", {"app/crud.py": crud, "fill.py": SCRIPT, **files})


def test_each_goes_its_own_way(tmp_path: Path) -> None:
    """What overrides the method elsewhere says nothing of a call on an object that a module made."""
    root = _service(tmp_path)
    before = answers(root, REQUESTS)
    assert set(outcomes(converted(root)).values()) == {"native"}
    text = (root / "app/crud.py").read_text()
    assert text.count("async def create_async(") == 1 and text.count("    def create(") == 2
    assert "await items.create_async(db" in (root / "app/main.py").read_text()
    assert "await db.run_sync(tags.create" in (root / "app/main.py").read_text()
    assert answers(root, REQUESTS) == before


def test_calls_that_may_mean_both_keep_them_together(tmp_path: Path) -> None:
    root = _service(tmp_path, BODY + BOTH)
    requests = [*REQUESTS, ("POST", "/both/d", None)]
    before = answers(root, requests)
    result = converted(root)
    assert outcomes(result)["POST /tags/{label}"] == "native"
    assert answers(root, requests) == before
    text = (root / "app/main.py").read_text()
    assert "await kind.create_async" not in text or (root / "app/crud.py").read_text().count("create_async(") == 2


@pytest.mark.parametrize("again", ["tags = items", "def swap():\n    global tags\n    tags = items"])
def test_what_is_bound_again_may_be_another(tmp_path: Path, again: str) -> None:
    """The hashing of the other class is counted, so nothing runs it on the loop."""
    root = _service(tmp_path, crud=f"{CRUD}\n\n{again}\n")
    result = converted(root)
    assert outcomes(result)["POST /tags/{label}"] == "left" or "run_sync(tags" not in (root / "app/main.py").read_text()
