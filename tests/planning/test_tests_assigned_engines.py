"""Tests that assign an engine to modules of the app: the async engine there gets one on the same database."""

from __future__ import annotations

from pathlib import Path

import pytest

from .test_tests_overrides import convert, run_tests, write

MODULE = """
from fastapi import FastAPI
from sqlmodel import Field, Session, SQLModel, create_engine, select

url = "sqlite:///never-made.db"
options = {"check_same_thread": False}
engine = create_engine(url, connect_args=options)


class NAMERow(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    name: str


app = FastAPI()


@app.on_event("startup")
def make_tables() -> None:
    SQLModel.metadata.create_all(engine)


@app.post("/rows/{name}")
def add(name: str) -> int | None:
    with Session(engine) as session:
        row = NAMERow(name=name)
        session.add(row)
        session.commit()
        session.refresh(row)
        return row.id


@app.get("/rows")
def names() -> list[str]:
    with Session(engine) as session:
        return [row.name for row in session.exec(select(NAMERow)).all()]
"""
START = """
import importlib
from types import ModuleType

import pytest
from fastapi.testclient import TestClient
from sqlmodel import Session, create_engine
from sqlmodel.pool import StaticPool

from app.steps import first

"""
COMPUTED = """
@pytest.fixture(name="module", params=["first", "second"])
def load(request) -> ModuleType:
    found = importlib.import_module(f"app.steps.{request.param}")
    found.url = "sqlite://"
    found.engine = create_engine(found.url, connect_args=found.options, poolclass=StaticPool)
    return found


def test_rows(module: ModuleType):
    with TestClient(module.app) as client:
        assert client.post("/rows/a").json() == 1
        assert client.post("/rows/b").json() == 2
        assert client.get("/rows").json() == ["a", "b"]
    with Session(module.engine) as session:
        assert len(session.connection().exec_driver_sql("select * from sqlite_master").all()) > 0


def test_again(module: ModuleType):
    with TestClient(module.app) as client:
        assert client.post("/rows/a").json() == 1
"""
NAMED = """
def test_rows(tmp_path):
    first.engine = create_engine("sqlite://", connect_args={"check_same_thread": False}, poolclass=StaticPool)
    with TestClient(first.app) as client:
        assert client.post("/rows/a").json() == 1
        assert client.get("/rows").json() == ["a"]
"""
MADE = """
def make():
    return create_engine("sqlite://", connect_args={"check_same_thread": False}, poolclass=StaticPool)


def test_rows():
    module = importlib.import_module("app.steps.first")
    module.engine = make()
    assert TestClient(module.app).post("/rows/a").json() == 1
"""


def service(root: Path, tests: str) -> None:
    """Two modules of one package that each keep an engine."""
    files = {f"app/steps/{name}.py": MODULE.replace("NAME", name.title()) for name in ("first", "second")}
    write(root, {"app/__init__.py": "", "app/steps/__init__.py": "", **files, "tests/test_rows.py": START + tests})


def outcomes(root: Path) -> list[str]:
    """Without the places that warnings name."""
    return [line for line in run_tests(root) if line]


@pytest.mark.parametrize(("tests", "count"), [(COMPUTED, 4), (NAMED, 1)], ids=["computed", "named"])
def test_async_engine_follows(tmp_path: Path, tests: str, count: int) -> None:
    """The assigned engine's database moves to a file, and the async engine opens it."""
    service(tmp_path, tests)
    before = outcomes(tmp_path)
    assert len(before) == count and all(line.endswith("PASSED") for line in before)
    result = convert(tmp_path)
    assert {item.after for item in result.plan.routes} == {"async"}
    text = (tmp_path / "tests/test_rows.py").read_text()
    assert ".async_engine = create_async_engine(" in text and '"sqlite://"' not in text
    assert outcomes(tmp_path) == before
    assert not list(tmp_path.rglob("never-made.db")), "the tests' database, not the app's own"


def test_unknown_engine_keeps_the_module_sync(tmp_path: Path) -> None:
    """What is not followed to its URL holds only the modules that it can be assigned to."""
    service(tmp_path, MADE)
    result = convert(tmp_path)
    assert {item.file: item.after for item in result.plan.routes} == {
        "app/steps/first.py": "sync",
        "app/steps/second.py": "async",
    }
    assert any(
        "async twin would stay the app's own" in reason.message
        for item in result.plan.routes
        for reason in item.reasons
    )
