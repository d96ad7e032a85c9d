"""A dependency that makes the session factory at its first call, and keeps it in a global: its async copy does too."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..pipeline_tools import answers, converted, outcomes, route, rules, write_service  # noqa: TID252

LAZY = """
from sqlalchemy import create_engine
from sqlalchemy.orm import sessionmaker

_url = None
_factory = None


def get_db():
    try:
        global _url
        global _factory
        if not _factory:
            if not _url:
                _url = "sqlite:///lazy.db"
            engine = create_engine(_url)
            _factory = sessionmaker(bind=engine)
        db = _factory()
        yield db
        db.commit()
    except Exception:
        db.rollback()
        raise
    finally:
        db.close()
"""
MAIN = """
from fastapi import Depends, FastAPI
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.database import get_db

app = FastAPI()


@app.get("/one")
def one(db: Session = Depends(get_db)):
    return {"one": db.execute(text("SELECT 1")).scalar()}
"""
ASKED = """

def is_ready():
    return _factory is not None
"""
OPENED = """

def opened():
    return _factory()
"""
REQUESTS = [("GET", "/one", None), ("GET", "/one", None)]


@pytest.mark.parametrize("more", ["", OPENED], ids=["own", "opened elsewhere"])
def test_the_copy_makes_its_own_factory(tmp_path: Path, more: str) -> None:
    root = write_service(tmp_path, {"app/main.py": MAIN, "app/database.py": LAZY + more}, basic=False)
    before = answers(root, REQUESTS)
    assert [status for status, _ in before["answers"]] == [200, 200]
    result = converted(root)
    assert outcomes(result) == {"GET /one": "native"}
    text = result.after["app/database.py"].decode()
    assert text.count("_async_factory = None") == 1 and "global _async_factory" in text
    assert ("async_engine_of" in text) == bool(more)
    assert answers(root, REQUESTS) == before and not converted(root).after


def test_what_something_else_asks_about_stays(tmp_path: Path) -> None:
    root = write_service(tmp_path, {"app/main.py": MAIN, "app/database.py": LAZY + ASKED}, basic=False)
    result = converted(root)
    assert outcomes(result) == {"GET /one": "left"} and not result.after
    assert rules(route(result, "GET", "/one")) == {"session-factory"}
