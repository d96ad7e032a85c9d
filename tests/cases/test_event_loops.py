"""A connection of asyncpg belongs to one event loop: who tests through several is told so."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..pipeline_tools import DATABASE, app, converted, write_service  # noqa: TID252

BODY = """
@app.get("/n")
def n(db: Session = Depends(get_db)):
    return {"n": db.query(Item).count()}
"""
TESTS = """
from app.main import app
from fastapi.testclient import TestClient


def test_n():
    {} TestClient(app){}
        assert client.get("/n").status_code == 200
"""
OPEN = TESTS.replace("        assert", "    assert").format("client =", "")
ENTERED = TESTS.format("with", " as client:")


@pytest.mark.parametrize(
    ("tests", "driver", "is_told"),
    [(OPEN, "asyncpg", True), (ENTERED, "asyncpg", False), (OPEN, "psycopg", False)],
)
def test_clients_with_many_loops(tmp_path: Path, tests: str, driver: str, is_told: bool) -> None:
    database = DATABASE.replace(
        '"sqlite:///./app.db", connect_args={"check_same_thread": False}', '"postgresql://u@h/d"'
    )
    root = write_service(tmp_path, {**app(BODY), "app/database.py": database, "tests/test_n.py": tests})
    warnings = converted(root, driver=driver).plan.warnings
    assert [item.file for item in warnings if item.rule == "event-loops"] == ["tests/test_n.py"] * is_told
