"""Tests that assign a fake to a name: the function behind it becomes async, and they pass as before."""

from __future__ import annotations

from pathlib import Path

from .test_tests_overrides import convert, run_tests, write
from .tests_overrides_shapes import APP

SERVICES = """
import time

from sqlalchemy.orm import Session

from app.database import Item, SessionLocal


class Names:
    def all_of(self, db: Session) -> list[str]:
        return [item.name for item in db.query(Item).all()]


def count(db: Session) -> int:
    return db.query(Item).count()


def total(db: Session) -> int:
    time.sleep(0)
    return db.query(Item).count()


def report() -> int:
    with SessionLocal() as db:
        return total(db)


names = Names()
"""
MAIN = """
from fastapi import Depends, FastAPI
from sqlalchemy.orm import Session

from app import services
from app.database import get_db
from app.services import names

app = FastAPI()


@app.get("/count")
def read_count(db: Session = Depends(get_db)):
    return services.count(db)


@app.get("/names")
def read_names(db: Session = Depends(get_db)):
    return names.all_of(db)


@app.get("/total")
def read_total(db: Session = Depends(get_db)):
    return services.total(db) + services.count(db)


if __name__ == "__main__":
    print(services.report())
"""
CHECKS = """
from unittest.mock import MagicMock

from fastapi.testclient import TestClient

from app import main, services
from app.services import names

client = TestClient(main.app)


def fake(db):
    return 7


def test_function():
    saved = services.count
    services.count = fake
    try:
        assert client.get("/count").json() == 7
    finally:
        services.count = saved


def test_method_of_an_object():
    names.all_of = MagicMock(return_value=["x"])
    assert client.get("/names").json() == ["x"]
    names.all_of.assert_called_once()


def test_function_with_a_twin(monkeypatch):
    monkeypatch.setattr(services, "count", fake)
    services.total = MagicMock(return_value=3)
    assert client.get("/total").json() == 10
    services.total.assert_called_once()
"""


def test_assigned_fakes_are_awaitable(tmp_path: Path) -> None:
    """Of a function that keeps its sync form, the async twin calls the same fake."""
    write(tmp_path, {**APP, "app/services.py": SERVICES, "app/main.py": MAIN, "tests/test_main.py": CHECKS})
    before = run_tests(tmp_path)
    assert len(before) == 3 and all(line.endswith("PASSED") for line in before)
    result = convert(tmp_path)
    assert {item.after for item in result.plan.routes} == {"async"}
    text = (tmp_path / "tests/test_main.py").read_text()
    assert "services.count = AsyncMock(side_effect=fake)" in text and "services.count = saved" in text
    assert 'names.all_of = AsyncMock(return_value=["x"])' in text
    assert "services.total_async = AsyncMock(side_effect=services.total)" in text
    assert run_tests(tmp_path) == before
