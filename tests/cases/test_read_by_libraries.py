"""Objects that a library reads: nobody knows what it reads of them. It does that on the session, or the route stays."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from ..pipeline_tools import RELATED, answers, app, converted, outcomes, write_service  # noqa: TID252

IMPORTS = "from typing import Generic, TypeVar\n\nfrom marshmallow import Schema, fields\n\nfrom app.models import Tag"
BODY = """
class TagSchema(Schema):
    name = fields.Str()


class ItemSchema(Schema):
    name = fields.Str()
    tags = fields.List(fields.Nested(TagSchema))


schema = ItemSchema()
T = TypeVar("T")


class Repository(Generic[T]):
    def __init__(self, db: Session, model: type[T]):
        self.db, self.model = db, model

    def first(self) -> T:
        return self.db.query(self.model).first()


@app.post("/items")
def create(db: Session = Depends(get_db)):
    item = Item(name="a")
    db.add(item)
    db.commit()
    db.add(Tag(name="t", item_id=item.id))
    db.commit()
    return item.id


@app.get("/read")
def read(db: Session = Depends(get_db)):
    item = db.query(Item).first()
    found = Repository(db, Item).first()
    return READ
"""
READS = [
    "schema.dump(item)", "ItemSchema().dump(item)", "ItemSchema(many=True).dump([item])", "schema.dumps(item)",
    "schema.dump(found)", "schema.dump(Repository(db, Item).first())",
    "schema.dump(db.query(Item).first())", "ItemSchema(many=True).dump(db.query(Item).all())",
]  # fmt: skip
PLAIN = ['TagSchema().dump({"name": item.name})', 'schema.load({"name": item.name})']


def _both(tmp_path: Path, read: str) -> tuple[str, bool]:
    """The outcome of the route, and whether the service answers as before."""
    files = {"app/models.py": RELATED, **app(BODY.replace("READ", read), IMPORTS)}
    root = write_service(tmp_path, files)
    requests = [("POST", "/items", None), ("GET", "/read", None)]
    before = answers(root, requests)
    assert [status for status, _ in before["answers"]] == [200] * 2
    found = outcomes(converted(root, python=sys.executable))
    assert found["POST /items"] == "native"
    return found["GET /read"], answers(root, requests) == before


@pytest.mark.parametrize("read", READS)
def test_what_a_library_reads_is_loaded(read: str, tmp_path: Path) -> None:
    assert _both(tmp_path, read)[1]


@pytest.mark.parametrize("read", PLAIN)
def test_what_gets_no_object_holds_nothing_back(read: str, tmp_path: Path) -> None:
    assert _both(tmp_path, read) == ("native", True)
