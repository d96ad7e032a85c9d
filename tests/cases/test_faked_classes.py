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


DUCK = """
import pytest

from app.services import Shop


@pytest.fixture
def anyio_backend():
    return "asyncio"


class FakeItems:
    @staticmethod
    def names():
        return ["a"]


def test_kept():
    items = FakeItems()
    assert items.names() == ["a"]
    assert Shop(items).first() == "a"
"""


def test_what_is_no_kin_and_cannot_follow_gets_a_face(tmp_path: Path) -> None:
    files = {"app/ports.py": PORTS, "app/services.py": SERVICES, "tests/test_shop.py": DUCK}
    root = write_service(tmp_path, {**files, **app(BODY, IMPORTS)})
    assert set(outcomes(converted(root)).values()) == {"native"}
    assert "class Async" not in (root / "app/services.py").read_text()
    assert "Shop(async_face(items, Items))" in (root / "tests/test_shop.py").read_text()
    done = run_suite(root, "-q", "tests")
    assert "1 passed" in done.stdout, done.stdout + done.stderr


STORE = """
from sqlalchemy.orm import Session

from app.models import Item


def add(db: Session, name: str) -> Item:
    item = Item(name=name)
    db.add(item)
    db.commit()
    return item


def rename(db: Session, key: int, name: str) -> None:
    db.query(Item).filter(Item.id == key).update({"name": name})
    db.commit()
"""
STORE_BODY = """
@app.post("/items/{name}")
def add(name: str, db: Session = Depends(get_db)):
    return store.add(db, name).id


@app.put("/items/{key}/{name}")
def rename(key: int, name: str, db: Session = Depends(get_db)):
    store.rename(db, key, name)
"""
STORE_CHECKS = """
import pytest
from fastapi.testclient import TestClient

from app import store
from app.database import SessionLocal
from app.main import app


class Name(str):
    pass


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture
def db():
    with SessionLocal() as session:
        yield session


def test_renamed(db):
    name = Name("a")
    item = store.add(db, name)
    TestClient(app).put("/items/1/b")
    assert item.name == "b"
"""


def test_an_object_of_the_tests_that_stands_for_nothing_hides_no_work(tmp_path: Path) -> None:
    """What a request changes between a test's own work on its session is read anew, whatever else it hands over."""
    files = {"app/store.py": STORE, "tests/test_store.py": STORE_CHECKS}
    root = write_service(tmp_path, {**app(STORE_BODY, "from app import store"), **files})
    converted(root)
    done = run_suite(root, "-q", "tests")
    assert "1 passed" in done.stdout, done.stdout + done.stderr
