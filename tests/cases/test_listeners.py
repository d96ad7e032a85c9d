"""Event listeners of an engine hear its async twin too; what cannot follow keeps the routes as they are."""

from __future__ import annotations

from pathlib import Path

import pytest
from awaitify.config import Settings
from awaitify.pipeline import plan_project

from ..pipeline_tools import DATABASE, answers, converted, route, rules, write_service  # noqa: TID252

DECORATED = """

@event.listens_for(engine, "connect")
def pragma(connection, record):
    connection.cursor().execute("PRAGMA foreign_keys = ON")
"""
CALLED = """

def pragma(connection, record):
    connection.cursor().execute("PRAGMA foreign_keys = ON")


event.listen(engine, "connect", pragma)
"""
ON_FACTORY = """

@event.listens_for(SessionLocal, "before_commit")
def check(session):
    assert not session.info
"""
MAIN = """
from fastapi import Depends, FastAPI
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.database import get_db

app = FastAPI()


@app.get("/keys")
def keys(db: Session = Depends(get_db)) -> int:
    return db.execute(text("PRAGMA foreign_keys")).scalar_one()
"""


def _service(root: Path, listener: str) -> Path:
    database = DATABASE.replace("import create_engine", "import create_engine, event") + listener
    return write_service(root, {"app/database.py": database, "app/main.py": MAIN}, basic=False)


@pytest.mark.parametrize("listener", [pytest.param(DECORATED, id="decorator"), pytest.param(CALLED, id="call")])
def test_a_listener_of_the_engine_follows(tmp_path: Path, listener: str) -> None:
    root = _service(tmp_path, listener)
    before = answers(root, [("GET", "/keys", None)])
    result = converted(root)
    assert route(result, "GET", "/keys").after == "async"
    assert before["answers"] == [[200, 1]]
    assert answers(root, [("GET", "/keys", None)]) == before
    assert plan_project(root, Settings()).after == {}


def test_a_listener_of_the_factory_keeps_the_routes(tmp_path: Path) -> None:
    result = converted(_service(tmp_path, ON_FACTORY))
    assert route(result, "GET", "/keys").after == "sync"
    assert "session-listener" in rules(route(result, "GET", "/keys"))
