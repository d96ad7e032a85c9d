"""Fakes that override a class which is a dependency and gets an async copy: they override the copy."""

from __future__ import annotations

from pathlib import Path

from ..fresh import run_suite  # noqa: TID252
from ..pipeline_tools import app, converted, outcomes, write_service  # noqa: TID252
from .test_handed_fakes import BODY, COMMAND, IMPORTS, PORTS, SERVICES

CLASSES = """
from fastapi import Depends
from sqlalchemy.orm import Session

from app.database import get_db
from app.models import Item


class Shop:
    def __init__(self, db: Session = Depends(get_db)) -> None:
        self.db = db

    def first(self) -> str | None:
        item = self.db.query(Item).first()
        return item.name if item else None

    def open(self, name: str) -> int:
        self.db.add(Item(name=name))
        self.db.commit()
        return self.db.query(Item).count()
"""
CLASS_BODY = """
@app.get("/first")
def first(shop: Shop = Depends()):
    return shop.first()


@app.post("/open/{name}")
def open_shop(name: str, shop: Shop = Depends()):
    return shop.open(name)
"""
CLASS_CHECKS = """
from unittest.mock import MagicMock

from fastapi.testclient import TestClient

from app.main import app
from app.services import Shop


class FakeShop:
    def first(self):
        return "fake"


def test_class():
    app.dependency_overrides[Shop] = FakeShop
    assert TestClient(app).get("/first").json() == "fake"
    app.dependency_overrides.pop(Shop)


def test_mock():
    shop = MagicMock()
    shop.open.return_value = 5
    app.dependency_overrides[Shop] = lambda: shop
    assert TestClient(app).post("/open/x").json() == 5
    shop.open.assert_called_once_with("x")
    app.dependency_overrides.clear()
"""


def test_fakes_override_the_async_copy_of_a_class(tmp_path: Path) -> None:
    command = COMMAND.replace("Shop, SqlItems", "Shop").replace("SqlItems(db)", "db")
    files = {"app/services.py": CLASSES, "app/command.py": command, "tests/test_shop.py": CLASS_CHECKS}
    root = write_service(tmp_path, {**app(CLASS_BODY, "from app.services import Shop"), **files})
    assert set(outcomes(converted(root)).values()) == {"native"}
    assert "class AsyncShop" in (root / "app/services.py").read_text()
    text = (root / "tests/test_shop.py").read_text()
    assert "overrides[AsyncShop] = lambda: async_face(FakeShop(), AsyncShop)" in text.replace("\n        ", "")
    assert "overrides.pop(AsyncShop)" in text
    done = run_suite(root, "-q", "tests")
    assert "2 passed" in done.stdout, done.stdout + done.stderr
    assert not converted(root).after


MEMORY = """
from app.ports import Items


class MemoryItems(Items):
    def __init__(self) -> None:
        self.known: list[str] = []

    def names(self) -> list[str]:
        return list(self.known)

    def add(self, name: str) -> int:
        self.known.append(name)
        return len(self.known)
"""
MEMORY_CHECKS = """
import pytest
from fastapi.testclient import TestClient

from app.main import app
from app.memory import MemoryItems
from app.services import Shop, get_items


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture
def items():
    items = MemoryItems()
    items.add("a")
    return items


@pytest.fixture
def client(items):
    app.dependency_overrides[get_items] = lambda: items
    yield TestClient(app)
    app.dependency_overrides.clear()


def test_service(items):
    assert Shop(items).open("b") == 2
    assert items.names() == ["a", "b"]


def test_route(client):
    assert client.post("/open/c").json() == 2
    assert client.get("/names").json() == ["a", "c"]
"""


def test_what_the_app_keeps_in_memory_for_the_tests_moves(tmp_path: Path) -> None:
    files = {"app/ports.py": PORTS, "app/services.py": SERVICES, "app/memory.py": MEMORY}
    root = write_service(tmp_path, {**files, **app(BODY, IMPORTS), "tests/test_shop.py": MEMORY_CHECKS})
    assert set(outcomes(converted(root)).values()) == {"native"}
    text = (root / "tests/test_shop.py").read_text()
    assert 'await items.add("a")' in text and "lambda: items\n" in text
    done = run_suite(root, "-q", "tests")
    assert "2 passed" in done.stdout, done.stdout + done.stderr
    assert not converted(root).after
