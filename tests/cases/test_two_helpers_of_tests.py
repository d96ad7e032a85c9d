"""A conftest whose fixture makes the engine that the app is given, and a session that tests hand to functions."""

from __future__ import annotations

from pathlib import Path

from ..pipeline_tools import converted, outcomes, write_service  # noqa: TID252
from .ladder_service import MOVED, SERVICE, passes

CONFTEST = """
import os

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from app.database import Base, get_db
from app.main import app


@pytest.fixture
def engine(tmp_path):
    made = create_engine(os.getenv("TEST_URL", f"sqlite:///{tmp_path}/test.db"))
    Base.metadata.create_all(made)
    yield made
    made.dispose()


@pytest.fixture
def session(engine):
    with Session(engine) as made:
        yield made


@pytest.fixture
def client(engine):
    def override_get_db():
        with Session(engine) as made:
            yield made

    app.dependency_overrides[get_db] = override_get_db
    yield TestClient(app)
    app.dependency_overrides.clear()
"""
DIRECT = """
from app import crud
from app.models import Item


def test_direct(session):
    session.add(Item(name="a"))
    session.commit()
    assert crud.names(session) == ["a"]


def test_served(client, session):
    client.post("/names/b")
    assert client.get("/names").json() == ["b"]
"""


def test_both_helpers_share_one_table_of_drivers(tmp_path: Path) -> None:
    root = write_service(tmp_path, {**SERVICE, "tests/conftest.py": CONFTEST, "tests/test_a.py": DIRECT})
    passes(root, 2)
    assert outcomes(converted(root)) == MOVED
    text = (root / "tests/conftest.py").read_text()
    assert text.count("ASYNC_DRIVERS = {") == 1, text
    assert "def async_engine_of(" in text and "async def async_session_of(" in text
    passes(root, 2)
    assert not converted(root).after
