"""Classes that take a session without an annotation: their methods move, unless one of them cannot."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..pipeline_tools import answers, app, converted, outcomes, route, write_service  # noqa: TID252

BODY = """
class Repository:
    def __init__(self, db):
        self.db = db


class Items(Repository):
    def add(self, name):
        self.db.add(Item(name=name))
        self.db.commit()

    def total(self):
        return self.db.query(Item).count()
{more}

@app.post("/items/{{name}}")
def add(name: str, db: Session = Depends(get_db)):
    items = Items(db)
    items.add(name)
    return {{"total": items.total()}}
"""
LENGTH = """
    def __len__(self):
        return self.db.query(Item).count()


@app.get("/length")
def length(db: Session = Depends(get_db)):
    return len(Items(db))
"""
PROPERTY = """
    @property
    def first(self):
        return self.db.query(Item).first()
"""
REQUESTS = [("POST", "/items/a", None), ("POST", "/items/b", None), ("POST", "/items/a", None)]


def test_methods_move_and_answer_as_before(tmp_path: Path) -> None:
    root = write_service(tmp_path, app(BODY.format(more="")))
    before = answers(root, REQUESTS)
    result = converted(root)
    assert route(result, "POST", "/items/{name}").after == "async"
    assert "async def total(self)" in (root / "app/main.py").read_text()
    assert answers(root, REQUESTS) == before


@pytest.mark.parametrize("more", [LENGTH, PROPERTY])
def test_what_python_calls_itself_keeps_the_object_sync(tmp_path: Path, more: str) -> None:
    result = converted(write_service(tmp_path, app(BODY.format(more=more))))
    assert "async" not in outcomes(result).values()
    chains = [reason.message for reason in route(result, "POST", "/items/{name}").reasons]
    assert any("stays sync" in message for message in chains)
