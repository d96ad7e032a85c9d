"""A session that the tests write themselves, and hand on before an override gives it to the app."""

from __future__ import annotations

from pathlib import Path

from ..fresh import run_suite  # noqa: TID252
from ..pipeline_tools import app, converted, write_service  # noqa: TID252

BODY = """
@app.get("/items")
def read_items(db: Session = Depends(get_db)) -> list[str]:
    return [item.name for item in db.query(Item).all()]
"""
TESTS = """
from contextlib import contextmanager

from fastapi.testclient import TestClient

from app.database import get_db
from app.main import app
from app.models import Item


class Found:
    def __init__(self, rows: list[Item]):
        self.rows = rows

    def all(self) -> list[Item]:
        return self.rows


class Written:
    def __init__(self, names: list[str]):
        self.names = names

    def query(self, model: type) -> Found:
        assert model is Item
        return Found([Item(name=name) for name in self.names])


@contextmanager
def given(session: Written):
    def override():
        yield session

    app.dependency_overrides[get_db] = override
    try:
        yield
    finally:
        app.dependency_overrides.pop(get_db, None)


def test_items():
    with given(Written(["a", "b"])):
        assert TestClient(app).get("/items").json() == ["a", "b"]
"""


def test_a_written_session_goes_on_answering(tmp_path: Path) -> None:
    root = write_service(tmp_path, {**app(BODY), "tests/test_items.py": TESTS})
    before = run_suite(root)
    assert "1 passed" in before.stdout, before.stdout
    converted(root)
    after = run_suite(root)
    assert "1 passed" in after.stdout, after.stdout
