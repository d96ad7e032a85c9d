"""Imports that nothing uses after the rewrite go, those that it brought itself included."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..pipeline_tools import app, converted, outcomes, write_service  # noqa: TID252
from .ladder_service import passes

BODY = """
@app.delete("/items")
def remove(db: Session = Depends(get_db)) -> None:
    db.query(Item).delete()
    db.commit()


@app.get("/items/{key}")
def one(key: int, db: Session = Depends(get_db)) -> bool:
    WAIT(0)
    return db.query(Item).get(key) is None
"""
PATCHING = """
from unittest.mock import patch


def test_it():
    with patch("app.main.time.monotonic"):
        pass
"""


@pytest.mark.parametrize(
    ("line", "wait", "test", "kept"),
    [
        ("import time", "time.sleep", "", False),
        ("from time import sleep", "sleep", "", False),
        ("import time as clock", "clock.sleep", "", False),
        ("import time\n\nSTARTED = time.time()", "time.sleep", "", True),
        ("import time", "time.sleep", PATCHING, True),
    ],
)
def test_what_is_called_no_more(tmp_path: Path, line: str, wait: str, test: str, kept: bool) -> None:
    files = {**app(BODY.replace("WAIT", wait), line), "tests/test_app.py": test}
    root = write_service(tmp_path, files)
    assert set(outcomes(converted(root)).values()) == {"native"}
    text = (root / "app/main.py").read_text()
    assert (line.partition("\n")[0] in text) is kept
    assert "from sqlalchemy import delete\n" in text and "await asyncio." in text
    assert converted(root).after == {}


TESTS: dict[str, str | bytes] = {
    "tests/__init__.py": "",
    "tests/database.py": """
from sqlalchemy import create_engine
from sqlalchemy.orm import sessionmaker

from app.database import Base

engine = create_engine("sqlite:///./tests.db")
TestingSession = sessionmaker(bind=engine, autoflush=False)
Base.metadata.create_all(engine)
""",
    "tests/overrides.py": """
from tests.database import TestingSession


def override_get_db():
    db = TestingSession()
    try:
        yield db
    finally:
        db.close()
""",
    "tests/test_app.py": """
from fastapi.testclient import TestClient

from app.database import get_db
from app.main import app
from tests.overrides import override_get_db

app.dependency_overrides[get_db] = override_get_db


def test_it():
    assert TestClient(app).get("/items/1").json() is True
""",
}


def test_what_an_override_opened(tmp_path: Path) -> None:
    root = write_service(tmp_path, {**app(BODY.replace("    WAIT(0)\n", "")), **TESTS})
    passes(root, 1)
    assert set(outcomes(converted(root)).values()) == {"native"}
    text = (root / "tests/overrides.py").read_text()
    assert text.startswith("from tests.database import AsyncTestingSession\n")
    passes(root, 1)
