"""Units of work that roll back and leave the request's session open: they move where nothing goes on after that."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..pipeline_tools import answers, app, converted, outcomes, write_service  # noqa: TID252

TRANSACTION = """
from fastapi import Depends
from sqlalchemy.orm import Session

from app.database import get_db


class Transaction:
    def __init__(self, db: Session = Depends(get_db)):
        self.db = db

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        EXIT
"""
EXITS = {
    "returns": """if kind is not None:
            self.db.rollback()
            return False
        self.db.commit()
        return True""",
    "falls_through": """if error:
            self.db.rollback()
        else:
            self.db.commit()""",
}
ROUTES = """
class Service:
    def __init__(self, transaction: Transaction = Depends(), db: Session = Depends(get_db)):
        self.transaction = transaction
        self.db = db

    def rename(self, id: int, name: str) -> str:
        with self.transaction:
            item = self.db.query(Item).filter(Item.id == id).first()
            if item is None:
                raise HTTPException(404, "no item")
            item.name = name
            self.db.flush()
            if name == "bad":
                raise ValueError(name)
        return item.name


@app.post("/items/{name}")
def add(name: str, transaction: Transaction = Depends(), db: Session = Depends(get_db)) -> str:
    with transaction:
        db.add(Item(name=name))
    return name


@app.put("/items/{id}/{name}")
def rename(id: int, name: str, service: Service = Depends()) -> str:
    CALL


@app.get("/items")
def names(db: Session = Depends(get_db)) -> list[str]:
    return [item.name for item in db.query(Item).order_by(Item.id).all()]
"""
PASSED = """try:
        return service.rename(id, name)
    except ValueError as error:
        raise HTTPException(422, str(error)) from error"""
CAUGHT = """held = service.db.get(Item, 1)
    try:
        return service.rename(id, name)
    except ValueError:
        return f"still {held.name}" """
ASKED = [
    ("POST", "/items/one", None), ("POST", "/items/two", None), ("POST", "/items/one", None),
    ("PUT", "/items/1/uno", None), ("PUT", "/items/2/bad", None), ("PUT", "/items/9/x", None), ("GET", "/items", None),
]  # fmt: skip


def _service(root: Path, way_out: str, call: str) -> Path:
    files = app(ROUTES.replace("CALL", call), "from app.transaction import Transaction")
    return write_service(root, {"app/transaction.py": TRANSACTION.replace("EXIT", way_out), **files})


@pytest.mark.parametrize("way_out", EXITS)
def test_they_move_where_what_is_raised_leaves_the_request(tmp_path: Path, way_out: str) -> None:
    root = _service(tmp_path, EXITS[way_out], PASSED)
    before = answers(root, ASKED)
    assert [status for status, _ in before["answers"]] == [200, 200, 500, 200, 422, 404, 200]
    assert before["answers"][-1] == [200, ["uno", "two"]]
    assert set(outcomes(converted(root)).values()) == {"native"}
    assert answers(root, ASKED) == before
    text = (root / "app/transaction.py").read_text()
    assert "async def __aexit__" in text and "await self.db.rollback()" in text


@pytest.mark.parametrize(
    ("way_out", "call"),
    [
        (EXITS["returns"], CAUGHT),
        (EXITS["returns"].replace("return False", "return True"), PASSED),
        (
            EXITS["returns"],
            PASSED.replace("raise HTTPException(422, str(error)) from error", "pass") + "\n    return ''",
        ),
    ],
    ids=["read_afterwards", "swallowed", "goes_on"],
)
def test_they_stay_where_something_goes_on(tmp_path: Path, way_out: str, call: str) -> None:
    root = _service(tmp_path, way_out, call)
    before = answers(root, ASKED)
    found = outcomes(converted(root))
    assert found["POST /items/{name}"] == found["PUT /items/{id}/{name}"] == "left"
    assert found["GET /items"] == "native"
    assert answers(root, ASKED) == before
