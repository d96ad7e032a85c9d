"""Patches whose path leads through a module that another one has imported: `app.routes.crud.find`."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..pipeline_tools import app, converted, outcomes, write_service  # noqa: TID252
from .ladder_service import passes

CRUD = """
import time

from sqlalchemy.orm import Session

from app.models import Item


def find(db: Session, item_id: int) -> Item | None:
    time.sleep(0.001)
    return db.query(Item).filter(Item.id == item_id).first()


def title(db: Session, item_id: int) -> str:
    item = find(db, item_id)
    return item.name.title() if item else ""
"""
JOB = """
from app import crud
from app.database import SessionLocal

if __name__ == "__main__":
    with SessionLocal() as db:
        print(crud.find(db, 1))
"""
BODY = """
@app.get("/names/{item_id}")
def name(item_id: int, db: Session = Depends(get_db)) -> str:
    return items.find(db, item_id).name


@app.get("/titles/{item_id}")
def title(item_id: int, db: Session = Depends(get_db)) -> str:
    return items.title(db, item_id)
"""
TESTS = """
from types import SimpleNamespace
from unittest.mock import patch

from fastapi.testclient import TestClient

from app.main import app

client = TestClient(app)


@patch({path})
def test_name(find):
    find.return_value = SimpleNamespace(name="a b")
    assert client.get("/names/1").json() == "a b"
    find.assert_called_once()


def test_title():
    with patch({path}, return_value=SimpleNamespace(name="a b")) as find:
        assert client.get("/titles/1").json() == "A B"
    find.assert_called_once()
"""
PATHS = {"whole": '"app.main.items.find"', "in parts": '"app.main.items." "find"'}


@pytest.mark.parametrize("imports", ["from app import crud as items", "import app.crud as items"])
@pytest.mark.parametrize("path", PATHS)
def test_the_twin_is_patched_beside(tmp_path: Path, path: str, imports: str) -> None:
    files = {"app/crud.py": CRUD, "app/job.py": JOB, **app(BODY, imports)}
    root = write_service(tmp_path, {**files, "tests/test_names.py": TESTS.format(path=PATHS[path])})
    passes(root, 2)
    assert set(outcomes(converted(root)).values()) == {"native"}
    text = (root / "tests/test_names.py").read_text()
    assert text.count("app.main.items.find_async") == 2
    passes(root, 2)
    assert not converted(root).after
