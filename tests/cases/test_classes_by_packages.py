"""Classes with a session that a package passes on, that jobs go on using, and that tests patch where only those do."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..fresh import run_suite  # noqa: TID252
from ..pipeline_tools import answers, converted, outcomes, write_service  # noqa: TID252

STORES = '''
from sqlalchemy.orm import Session

from app.models import Item


class Items:
    """Keeps items."""

    def __init__(self, db: Session):
        self.db = db

    def add(self, name: str) -> int:
        self.db.add(Item(name=name))
        self.db.commit()
        return self.count()

    def count(self) -> int:
        return self.db.query(Item).count()
'''
PACKAGE = """
from .items import Items

__all__ = ["Items"]
"""
JOBS = """
from app.database import SessionLocal
from app.stores import Items


def count_items() -> int:
    with SessionLocal() as db:
        return Items(db).count()
"""
SCRIPT = """
from app.jobs import count_items

COUNTED = count_items()
"""
MAIN = """
from fastapi import Depends, FastAPI
from sqlalchemy.orm import Session

from app.database import Base, engine, get_db
from app.stores import Items

Base.metadata.create_all(engine)
app = FastAPI()


@app.post("/items/{name}")
def add(name: str, db: Session = Depends(get_db)) -> int:
    return Items(db).add(name)


def shown(text: str, items: object | None) -> str:
    return f"{text}: {items.count()}" if items else text


@app.get("/shown")
def show(db: Session = Depends(get_db)) -> str:
    return shown("all", items=Items(db))
"""
PATCHED = """
from unittest.mock import patch

from fastapi.testclient import TestClient

from app.jobs import count_items
from app.main import app


def test_items():
    assert TestClient(app).post("/items/a").json() == 1


def test_jobs():
    with patch("app.jobs.Items") as made:
        made.return_value.count.return_value = 7
        assert count_items() == 7
"""
FILES = {
    "app/stores/__init__.py": PACKAGE,
    "app/stores/items.py": STORES,
    "app/jobs.py": JOBS,
    "app/script.py": SCRIPT,
    "app/main.py": MAIN,
}
REQUESTS = [("POST", "/items/a", None), ("GET", "/shown", None), ("POST", "/items/b", None)]


def test_a_package_passes_the_copy_on(tmp_path: Path) -> None:
    root = write_service(tmp_path, FILES)
    before = answers(root, REQUESTS)
    assert [body for _, body in before["answers"]] == [1, "all: 1", 2]
    result = converted(root)
    assert set(outcomes(result).values()) == {"native"}
    assert answers(root, REQUESTS) == before
    assert "from .items import AsyncItems" in (root / "app/stores/__init__.py").read_text()
    assert "Items(db).count()" in (root / "app/jobs.py").read_text()
    assert not converted(root).after


def test_all_of_a_package_may_be_taken(tmp_path: Path) -> None:
    main = MAIN.replace("from app.stores import Items", "from app.stores import *")
    root = write_service(tmp_path, {**FILES, "app/main.py": main})
    before = answers(root, REQUESTS)
    converted(root)
    assert answers(root, REQUESTS) == before


@pytest.mark.parametrize(
    ("patched", "outcome"),
    [("app.jobs.Items", "native"), ("app.main.Items", "left"), ("app.jobs.Items.count", "left")],
)
def test_a_patch_where_only_jobs_read_a_class_holds_nothing(tmp_path: Path, patched: str, outcome: str) -> None:
    suite = PATCHED.replace("app.jobs.Items", patched)
    root = write_service(tmp_path, {**FILES, "tests/test_app.py": suite})
    passed = "2 passed" if outcome == "native" else "1 passed"
    assert passed in run_suite(root).stdout
    (root / "app.db").unlink(missing_ok=True)
    result = converted(root)
    assert set(outcomes(result).values()) == {outcome}
    assert passed in run_suite(root).stdout


FORMS = """
    @singledispatchmethod
    def drop(self, item) -> int:
        raise TypeError(type(item))

    @drop.register
    def _(self, item: int) -> int:
        self.db.query(Item).filter(Item.id == item).delete()
        self.db.commit()
        return self.count()

    @drop.register
    def _(self, item: Item) -> int:
        self.db.delete(item)
        self.db.commit()
        return self.count()
"""


def test_the_copy_leaves_out_what_has_forms_that_stay(tmp_path: Path) -> None:
    stores = STORES.replace("from sqlalchemy", "from functools import singledispatchmethod\n\nfrom sqlalchemy", 1)
    jobs = (
        JOBS
        + "\n\ndef drop(number: int) -> int:\n    with SessionLocal() as db:\n        return Items(db).drop(number)\n"
    )
    root = write_service(tmp_path, {**FILES, "app/stores/items.py": stores + FORMS, "app/jobs.py": jobs})
    before = answers(root, REQUESTS)
    result = converted(root)
    assert set(outcomes(result).values()) == {"native"}
    copy = (root / "app/stores/items.py").read_text().partition("class AsyncItems:")[2]
    assert "async def add" in copy and "drop" not in copy
    assert answers(root, REQUESTS) == before
    assert not converted(root).after
