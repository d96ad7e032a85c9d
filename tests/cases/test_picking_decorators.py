"""Decorators that look for one argument by its class, among arguments that may be mapped objects."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..pipeline_tools import answers, app, converted, outcomes, write_service  # noqa: TID252

BODY = """
from functools import wraps


class Limits:
    def __init__(self) -> None:
        self.seen: list[str] = []


def limited(f):
    @wraps(f)
    def wrapper(*args, **kwargs):
        result = f(*args, **kwargs)
        PICK
        return result

    return wrapper


limits = Limits()


def get_limits() -> Limits:
    return limits


def get_item(name: str, db: Session = Depends(get_db)) -> Item:
    item = Item(name=name)
    db.add(item)
    db.commit()
    return item


@app.get("/items/{name}")
@limited
def read(item: Item = Depends(get_item), limits: Limits = Depends(get_limits), db: Session = Depends(get_db)):
    return {"n": db.query(Item).count(), "id": item.id, "seen": list(limits.seen)}
"""
OTHERS = {
    "comprehension": "for limits in [arg for arg in kwargs.values() if isinstance(arg, Limits)]:\n"
    '            limits.seen.append("x")',
    "generator": "limits = next((arg for arg in kwargs.values() if isinstance(arg, Limits)), None)\n"
    '        limits.seen.append("x")',
    "loop": "for arg in kwargs.values():\n            if isinstance(arg, Limits):\n"
    '                arg.seen.append("x")',
}
MAPPED = {
    "a mapped class": "[arg.name for arg in kwargs.values() if isinstance(arg, Item)]",
    "their base": "[arg.name for arg in kwargs.values() if isinstance(arg, Base)]",
    "any class": "[str(arg) for arg in kwargs.values() if isinstance(arg, object)]",
    "no class": "[str(arg) for arg in kwargs.values()]",
}
ASKED = [("GET", "/items/a", None), ("GET", "/items/b", None)]


def _service(root: Path, pick: str) -> Path:
    return write_service(root, app(BODY.replace("PICK", pick), "from app.database import Base"))


@pytest.mark.parametrize("way", list(OTHERS))
def test_what_reads_no_mapped_object_moves(tmp_path: Path, way: str) -> None:
    root = _service(tmp_path, OTHERS[way])
    before = answers(root, ASKED)
    assert outcomes(converted(root)) == {"GET /items/{name}": "native"}
    assert answers(root, ASKED) == before
    assert before["answers"][1] == [200, {"n": 2, "id": 2, "seen": ["x"]}]


@pytest.mark.parametrize("way", list(MAPPED))
def test_what_may_read_a_mapped_object_stays(tmp_path: Path, way: str) -> None:
    root = _service(tmp_path, MAPPED[way])
    before = answers(root, ASKED)
    assert outcomes(converted(root)) == {"GET /items/{name}": "left"}
    assert answers(root, ASKED) == before
