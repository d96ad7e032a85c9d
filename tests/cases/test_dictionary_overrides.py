"""Tests whose overrides stand in one dictionary: several keys change, or get a second one, in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..fresh import run_suite  # noqa: TID252
from ..pipeline_tools import app, converted, write_service  # noqa: TID252

BODY = """
def get_name(db: Session = Depends(get_db)) -> str:
    return db.query(Item).first().name


def get_price(db: Session = Depends(get_db)) -> int:
    return db.query(Item).first().price


def legacy(name: str = Depends(get_name), price: int = Depends(get_price), db: Session = Depends(get_db)):
    return later(db.query, name, price)


@app.get("/a")
def a(name: str = Depends(get_name), price: int = Depends(get_price), db: Session = Depends(get_db)):
    return [name, price, db.query(Item).count()]


@app.get("/b")
def b(made: list = Depends(legacy)):
    return made
"""
LATER = """
def later(query, name, price):
    return [name, price, query(Item).count()]
"""
TESTS = """
import pytest
from fastapi.testclient import TestClient

from app.database import SessionLocal, get_db
from app.main import app, get_name, get_price


def own_db():
    with SessionLocal() as db:
        yield db


@pytest.fixture
def overrides():
    yield {
        get_db: own_db,
        get_name: lambda: "n",
        get_price: lambda: 7,
    }


@pytest.fixture
def client(overrides):
    app.dependency_overrides = overrides
    yield TestClient(app)
    app.dependency_overrides = {}


@pytest.mark.parametrize("path", ["/a", "/b"])
def test_routes(client, path):
    assert client.get(path).json()[:2] == ["n", 7]


def test_in_line():
    app.dependency_overrides.update({get_name: lambda: "m", get_price: lambda: 8, get_db: own_db})
    assert TestClient(app).get("/b").json()[:2] == ["m", 8]
    assert TestClient(app).get("/a").json()[:2] == ["m", 8]
    app.dependency_overrides.clear()
"""


def outcome(root: Path) -> str:
    done = run_suite(root, "-q", "tests")
    return (done.stdout.splitlines() or [done.stderr])[-1].partition(" in ")[0]


@pytest.mark.parametrize("has_legacy", [False, True])
def test_keys_of_one_dictionary(tmp_path: Path, has_legacy: bool) -> None:
    body = LATER + BODY if has_legacy else BODY.replace("later(db.query, name, price)", "[name, price, 0]")
    root = write_service(tmp_path, {**app(body), "tests/__init__.py": "", "tests/test_app.py": TESTS})
    assert outcome(root) == "3 passed"
    converted(root)
    text = (root / "tests/test_app.py").read_text()
    assert outcome(root) == "3 passed", text
    pairs = [line.strip() for line in text.partition("yield {\n")[2].partition("    }")[0].splitlines()]
    twins = ["get_async_db", "get_name_async", "get_price_async"] if has_legacy else ["get_async_db"]
    assert set(twins) <= {pair.partition(":")[0] for pair in pairs}
    assert len(pairs) == (6 if has_legacy else 3)
