"""Tests whose override opens its session with a factory that a fixture made, on an in-memory database said nearby."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..pipeline_tools import app, write_service  # noqa: TID252
from .test_tests_overrides import convert, run_tests

MAIN = """
@app.post("/items/{name}")
def add(name: str, db: Session = Depends(get_db)):
    db.add(Item(name=name, price=1))
    db.commit()
    return db.query(Item).count()
"""
TESTS = """
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import create_engine
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import StaticPool

from app.database import get_db
from app.main import app
from app.models import Base


@pytest.fixture
def engine():
    url = "sqlite+pysqlite:///:memory:"

    return create_engine(url, connect_args={"check_same_thread": False}, poolclass=StaticPool)


@pytest.fixture
def session_factory(engine) -> Session:
    Local = sessionmaker(autocommit=False, autoflush=False, bind=engine)
    Base.metadata.create_all(bind=engine)

    return Local


@pytest.fixture
def client(session_factory):
    def override():
        try:
            session = session_factory()
            yield session
        finally:
            session.close()

    app.dependency_overrides[get_db] = override
    return TestClient(app)


def test_one(client):
    assert client.post("/items/a").json() == 1
    assert client.post("/items/b").json() == 2


def test_each_has_its_own(client):
    assert client.post("/items/a").json() == 1
"""
CHANGED = TESTS.replace(
    '    url = "sqlite+pysqlite:///:memory:"\n', '    url = "sqlite://"\n    url = url + "/:memory:"\n'
)


@pytest.mark.parametrize("tests", [TESTS, CHANGED], ids=["followed", "not followed"])
def test_they_share_a_file_or_the_app_stays(tmp_path: Path, tests: str) -> None:
    root = write_service(tmp_path, {**app(MAIN), "tests/test_items.py": tests})
    before = run_tests(root)
    result = convert(root)
    text = (root / "tests/test_items.py").read_text()
    assert ("async with async_session_of(session) as async_session:" in text) == (tests is TESTS)
    assert ('url = f"sqlite:///{tempfile.mkdtemp()}/test.db"' in text) == (tests is TESTS)
    assert bool(result.after) == (tests is TESTS)
    assert len(before) == 2 and run_tests(root) == before
