"""Fakes in the place of functions that become async: the tests pass as before."""

from __future__ import annotations

from pathlib import Path

from .test_tests_overrides import convert, run_tests, write
from .tests_overrides_shapes import APP

SERVICES = """
from sqlalchemy.orm import Session

from app.database import Item


class Names:
    @staticmethod
    def all_of(db: Session) -> list[str]:
        return [item.name for item in db.query(Item).all()]


def count(db: Session) -> int:
    return db.query(Item).count()


def shared(db: Session) -> int:
    return db.query(Item).count()
"""
MAIN = """
from fastapi import Depends, FastAPI
from sqlalchemy.orm import Session

from app import services
from app.database import SessionLocal, get_db
from app.services import Names, count

app = FastAPI()


@app.get("/count")
def read_count(db: Session = Depends(get_db)):
    return count(db)


@app.get("/qualified")
def read_qualified(db: Session = Depends(get_db)):
    return services.count(db)


@app.get("/names")
def read_names(db: Session = Depends(get_db)):
    return Names.all_of(db)


@app.get("/shared")
def read_shared(db: Session = Depends(get_db)):
    return services.shared(db)


def report() -> int:
    with SessionLocal() as db:
        return services.shared(db)


if __name__ == "__main__":
    print(report())
"""
CHECKS = """
from unittest.mock import MagicMock, patch

import pytest
from fastapi.testclient import TestClient

from app import main, services
from app.services import Names

client = TestClient(main.app)


def fake(db):
    return 7


def test_text(monkeypatch):
    monkeypatch.setattr("app.main.count", lambda db: 7)
    assert client.get("/count").json() == 7


def test_object(monkeypatch):
    monkeypatch.setattr(services, "count", fake)
    assert client.get("/qualified").json() == 7


def test_mock():
    mock = MagicMock(return_value=7)
    with patch("app.main.count", mock):
        assert client.get("/count").json() == 7
    mock.assert_called_once()


def test_new():
    with patch.object(Names, "all_of", new=MagicMock(return_value=["x"])):
        assert client.get("/names").json() == ["x"]


@patch("app.services.count", return_value=3)
def test_made_by_the_patch(made):
    assert client.get("/qualified").json() == 3
    made.assert_called_once()


def test_error(monkeypatch):
    def fails(db):
        raise ValueError("no")

    monkeypatch.setattr(services, "count", fails)
    with pytest.raises(ValueError):
        client.get("/qualified")


def test_shared(monkeypatch):
    monkeypatch.setattr(services, "shared", fake)
    assert client.get("/shared").json() == 7
"""


def test_fakes_are_awaitable(tmp_path: Path) -> None:
    """A function with sync callers gets no twin, which would pass its fake by."""
    write(tmp_path, {**APP, "app/services.py": SERVICES, "app/main.py": MAIN, "tests/test_main.py": CHECKS})
    before = run_tests(tmp_path)
    assert len(before) == 7 and all(line.endswith("PASSED") for line in before)
    result = convert(tmp_path)
    assert {item.after for item in result.plan.routes} == {"async"}
    assert "await db.run_sync(services.shared)" in (tmp_path / "app/main.py").read_text(), "no twin beside a fake"
    text = (tmp_path / "tests/test_main.py").read_text()
    assert 'setattr("app.main.count", AsyncMock(side_effect=lambda db: 7))' in text
    assert 'patch.object(Names, "all_of", new=AsyncMock(return_value=["x"]))' in text
    assert "from unittest.mock import AsyncMock, MagicMock, patch" in text
    assert run_tests(tmp_path) == before
