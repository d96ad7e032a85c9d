"""Overrides in tests that build an object of the app on a session of the tests: they build it on an async session."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..fresh import run_suite  # noqa: TID252
from ..pipeline_tools import app, converted, outcomes, write_service  # noqa: TID252

SERVICES = """
from fastapi import Depends
from sqlalchemy.orm import Session

from app.database import get_db
from app.models import Item


class Items:
    def __init__(self, db: Session) -> None:
        self.db = db

    def names(self) -> list[str]:
        return [item.name for item in self.db.query(Item).order_by(Item.id)]

    def add(self, name: str) -> None:
        self.db.add(Item(name=name))
        self.db.commit()


class Shop:
    def __init__(self, items: Items) -> None:
        self.items = items

    def open(self, name: str) -> list[str]:
        self.items.add(name)
        return self.items.names()


def get_shop(db: Session = Depends(get_db)) -> Shop:
    return Shop(Items(db))
"""
BODY = """
@app.post("/open/{name}")
def open_shop(name: str, shop: Shop = Depends(get_shop)) -> list[str]:
    return shop.open(name)
"""
CHECKS = """
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import create_engine
from sqlalchemy.orm import sessionmaker
from sqlalchemy.pool import StaticPool

from app.main import app
from app.models import Base, Item
from app.services import Items, Shop, get_shop

engine = create_engine("sqlite://", connect_args={"check_same_thread": False}, poolclass=StaticPool)
TestingSession = sessionmaker(bind=engine)


@pytest.fixture
def db():
    Base.metadata.create_all(engine)
    db = TestingSession()
    yield db
    db.close()
    Base.metadata.drop_all(engine)


FUNCTION@pytest.fixture
def client(db):
OVERRIDE
    yield TestClient(app)
    app.dependency_overrides.clear()


def test_open(client, db):
    db.add(Item(name="a"))
    db.commit()
    assert client.post("/open/b").json() == ["a", "b"]
    assert db.query(Item).count() == 2
"""
SET = "    app.dependency_overrides[get_shop] = "
INNER = """    def override() -> Shop:
        items = Items(db)  # for each request
        return Shop(
            items,
        )

"""
OPENED = """def override():
    db = TestingSession()
    try:
        yield Shop(Items(db))
    finally:
        db.close()


"""
FORMS = {
    "lambda": ("", f"{SET}lambda: Shop(Items(db))", "yield Shop(Items(async_session))"),
    "keyword": ("", f"{SET}lambda: Shop(items=Items(db=db))", "yield Shop(items=Items(db=async_session))"),
    "function": ("", f"{INNER}{SET}override", "async def override() -> AsyncGenerator[Shop, None]:"),
    "name": ("", f"    shop = Shop(Items(db))\n{SET}lambda: shop", "yield Shop(Items(async_session))"),
    "names": (
        "",
        f"    items = Items(db)\n    shop = Shop(items)\n{SET}lambda: shop",
        "yield Shop(Items(async_session))",
    ),
    "opened": (OPENED, f"{SET}override", "async def override():\n    db = AsyncTestingSession()"),
}


def _service(root: Path, checks: str, services: str = SERVICES) -> Path:
    imports = "from app.services import Shop, get_shop"
    return write_service(root, {**app(BODY, imports), "app/services.py": services, "tests/test_shop.py": checks})


def _checks(function: str, override: str) -> str:
    return CHECKS.replace("FUNCTION", function).replace("OVERRIDE", override)


@pytest.mark.parametrize("form", FORMS)
def test_they_build_it_on_an_async_session(tmp_path: Path, form: str) -> None:
    function, override, expected = FORMS[form]
    root = _service(tmp_path, _checks(function, override))
    assert set(outcomes(converted(root)).values()) == {"native"}
    text = (root / "tests/test_shop.py").read_text()
    assert expected in text and ("Items(db)" in text) == (form == "opened")
    done = run_suite(root, "-q", "tests")
    assert "1 passed" in done.stdout, done.stdout + done.stderr
    assert not converted(root).after


USED = "    shop.open('z')\n    db.query(Item).delete()"
LEFT = {
    "shared with the test": f"    shop = Shop(Items(db))\n{SET}lambda: shop\n{USED}",
    "of another use of the session": f"{SET}lambda: Shop(Items(db) if db.query(Item) else Items(db))",
    "two sessions": f"    other = TestingSession()\n{SET}lambda: Shop(Items(db if db else other))",
}


@pytest.mark.parametrize("form", LEFT)
def test_what_is_more_than_that_is_left(tmp_path: Path, form: str) -> None:
    root = _service(tmp_path, _checks("", LEFT[form]))
    assert set(outcomes(converted(root)).values()) == {"left"}
    done = run_suite(root, "-q", "tests")
    assert "1 passed" in done.stdout, done.stdout + done.stderr


MOCKED = """
from unittest.mock import MagicMock

from fastapi.testclient import TestClient

from app.main import app
from app.services import Items, Shop, get_shop


def test_open():
    db = MagicMock()
    db.query.return_value.order_by.return_value = []
    app.dependency_overrides[get_shop] = lambda: Shop(Items(db))
    assert TestClient(app).post("/open/b").json() == []
    db.commit.assert_called_once_with()
"""
SCALARS = "self.db.query(Item).order_by(Item.id)"


def test_mocks_get_an_async_face(tmp_path: Path) -> None:
    checks = MOCKED.replace("db.query.return_value.order_by.return_value = []", "db.get.return_value = None")
    services = SERVICES.replace(f"[item.name for item in {SCALARS}]", "[] if self.db.get(Item, 1) is None else ['x']")
    root = _service(tmp_path, checks, services)
    assert set(outcomes(converted(root)).values()) == {"native"}
    assert "lambda: Shop(Items(async_mock(db)))" in (root / "tests/test_shop.py").read_text()
    done = run_suite(root, "-q", "tests")
    assert "1 passed" in done.stdout, done.stdout + done.stderr
