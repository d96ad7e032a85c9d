"""Tests that patch what hands over sessions: an import is named anew, what cannot follow keeps its routes sync."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..fresh import run_suite  # noqa: TID252
from ..pipeline_tools import app, converted, outcomes, route, rules, write_service  # noqa: TID252

BODY = """
@app.get("/a")
def a(db: Session = Depends(get_db)):
    return {"n": db.query(Item).count()}


@app.get("/b")
def b():
    with SessionLocal() as db:
        return {"n": db.query(Item).count()}
"""
HEAD = """
from unittest.mock import patch

from fastapi.testclient import TestClient

from app.main import app

client = TestClient(app)
"""


def test_a_patched_import_gets_the_name_of_the_twin(tmp_path: Path) -> None:
    tests = """

@patch("app.main.get_db")
def test_a(get_db):
    assert client.get("/a").json() == {"n": 0}
"""
    root = write_service(tmp_path, {**app(BODY), "tests/test_a.py": HEAD + tests})
    _passes(root, 1)
    result = converted(root)
    assert outcomes(result) == {"GET /a": "native", "GET /b": "native"}
    assert '@patch("app.main.get_async_db")' in (root / "tests/test_a.py").read_text()
    _passes(root, 1)


def test_a_faked_factory_whose_patch_cannot_follow_keeps_its_routes(tmp_path: Path) -> None:
    """A patch that something else starts, and one with a shape of its own."""
    tests = """

def test_a():
    patcher = patch("app.database.SessionLocal")
    factory = patcher.start()
    factory.return_value.query.return_value.count.return_value = 7
    assert client.get("/a").json() == {"n": 7}
    patcher.stop()


@patch("app.main.SessionLocal", autospec=True)
def test_b(factory):
    factory.return_value.__enter__.return_value.query.return_value.count.return_value = 8
    assert client.get("/b").json() == {"n": 8}
"""
    root = write_service(tmp_path, {**app(BODY), "tests/test_a.py": HEAD + tests})
    _passes(root, 2)
    result = converted(root)
    assert outcomes(result) == {"GET /a": "left", "GET /b": "left"}
    assert "test-fake" in rules(route(result, "GET", "/a")) & rules(route(result, "GET", "/b"))
    _passes(root, 2)


def _passes(root: Path, count: int) -> None:
    (root / "app.db").unlink(missing_ok=True)
    done = run_suite(root, "-q", "tests")
    assert f"{count} passed" in done.stdout, done.stdout[-3000:] + done.stderr[-2000:]


REAL = """
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import create_engine
from sqlalchemy.orm import sessionmaker

from app import database, main

engine = create_engine("sqlite:///./test.db")
Own = sessionmaker(bind=engine)
client = TestClient(main.app)


@pytest.fixture(autouse=True)
def own(monkeypatch):
    database.Base.metadata.drop_all(engine)
    database.Base.metadata.create_all(engine)
    with Own() as db:
        db.add(main.Item(name="test"))
        db.commit()
    REPLACED


def test_items():
    assert client.get("/a").json() == client.get("/b").json() == {"n": 1}
"""
ON_ENGINE = """
from sqlalchemy.orm import Session as Plain

from app.database import engine


def own_db():
    with Plain(engine) as db:
        yield db


@app.get("/a")
def a(db: Session = Depends(own_db)):
    return {"n": db.query(Item).count()}


@app.get("/b")
def b(db: Session = Depends(own_db)):
    return {"n": db.query(Item).count()}
"""
REPLACED = {
    'monkeypatch.setattr("app.database.SessionLocal", Own), monkeypatch.setattr(main, "SessionLocal", Own)': BODY,
    "database.SessionLocal = main.SessionLocal = Own": BODY,
    'monkeypatch.setattr(main, "engine", engine)': ON_ENGINE,
}


@pytest.mark.parametrize("replaced", REPLACED)
def test_another_real_factory_keeps_its_routes(tmp_path: Path, replaced: str) -> None:
    """Or the async code would open the app's own database in the tests."""
    tests = REAL.replace("REPLACED", replaced)
    root = write_service(tmp_path, {**app(REPLACED[replaced]), "tests/test_a.py": tests})
    _passes(root, 1)
    result = converted(root)
    assert outcomes(result) == {"GET /a": "left", "GET /b": "left"}
    assert "test-fake" in rules(route(result, "GET", "/a")) and "test-fake" in rules(route(result, "GET", "/b"))
    _passes(root, 1)
