"""Fakes and mocks that tests hand to services themselves: the same tests pass before and after, whatever stands in."""

from __future__ import annotations

from pathlib import Path

from ..fresh import run_suite  # noqa: TID252
from ..pipeline_tools import app, converted, outcomes, write_service  # noqa: TID252

PORTS = """
from abc import ABC, abstractmethod


class Items(ABC):
    @abstractmethod
    def names(self) -> list[str]:
        raise NotImplementedError

    @abstractmethod
    def add(self, name: str) -> int:
        raise NotImplementedError
"""
SERVICES = """
from fastapi import Depends
from sqlalchemy.orm import Session

from app.database import get_db
from app.models import Item
from app.ports import Items


class SqlItems(Items):
    def __init__(self, db: Session) -> None:
        self.db = db

    def names(self) -> list[str]:
        return [item.name for item in self.db.query(Item).order_by(Item.id).all()]

    def add(self, name: str) -> int:
        item = Item(name=name)
        self.db.add(item)
        self.db.commit()
        return item.id


class Shop:
    def __init__(self, items: Items) -> None:
        self.items = items

    def first(self) -> str | None:
        return next(iter(self.items.names()), None)

    def open(self, name: str) -> int:
        return self.items.add(name)


def get_items(db: Session = Depends(get_db)) -> Items:
    return SqlItems(db)


def get_shop(items: Items = Depends(get_items)) -> Shop:
    return Shop(items)
"""
BODY = """
@app.get("/names")
def names(items: Items = Depends(get_items)):
    return items.names()


@app.get("/first")
def first(shop: Shop = Depends(get_shop)):
    return shop.first()


@app.post("/open/{name}")
def open_shop(name: str, shop: Shop = Depends(get_shop)):
    return shop.open(name)
"""
IMPORTS = "from app.ports import Items\nfrom app.services import Shop, get_items, get_shop"
FAKE = """
class FakeItems(Items):
    def __init__(self, names=()):
        self.known = list(names)

    def names(self):
        return list(self.known)

    def add(self, name):
        if name not in self.names():
            self.known.append(name)
        return len(self.known)
"""
HEAD = """
from types import SimpleNamespace
from unittest.mock import MagicMock, Mock, create_autospec, patch

import pytest
from fastapi.testclient import TestClient

from app.main import app
from app.ports import Items
from app.services import Shop, SqlItems, get_items, get_shop

"""
FAKES = """

@pytest.fixture
def filled():
    items = FakeItems()
    items.add("a")
    items.add("b")
    return items


@pytest.fixture
def client(filled):
    app.dependency_overrides[get_shop] = lambda: Shop(filled)
    app.dependency_overrides[get_items] = lambda: filled
    yield TestClient(app)
    app.dependency_overrides.clear()


def made(*names):
    return Shop(FakeItems(names))


def test_service():
    shop = Shop(FakeItems())
    assert [shop.open("a"), shop.open("b"), shop.open("a")] == [1, 2, 2]
    assert shop.first() == "a"


def test_filled(filled):
    assert len(filled.names()) == 2
    assert Shop(filled).first() == "a"


def test_client(client):
    assert client.get("/names").json() == ["a", "b"]
    assert client.post("/open/c").json() == 3


def test_helper():
    assert made("q").first() == "q"


@pytest.mark.parametrize("items", [FakeItems(), FakeItems(["x"])])
def test_parametrized(items):
    assert Shop(items).first() in (None, "x")
"""
MOCKS = """
class TestShop:
    @pytest.fixture(autouse=True)
    def make_shop(self):
        self.items = MagicMock()
        self.shop = Shop(self.items)

    def test_first(self):
        self.items.names.return_value = ["x"]
        assert self.shop.first() == "x"
        self.items.names.assert_called_once_with()

    def test_error(self):
        self.shop.items.add.side_effect = ValueError("no")
        with pytest.raises(ValueError):
            self.shop.open("x")


def test_specified():
    items = Mock(spec=SqlItems)
    items.names.return_value = ["a"]
    assert Shop(items).first() == "a"
    assert Shop(create_autospec(Items, **{"names.return_value": []})).first() is None


def test_inline():
    assert Shop(items=Mock(names=Mock(return_value=["b"]))).first() == "b"
    assert Shop(SimpleNamespace(names=lambda: ["c"])).first() == "c"


def test_set_later():
    shop = Shop(None)
    shop.items = Mock()
    shop.items.names.return_value = ["d"]
    assert shop.first() == "d"


def test_patched():
    shop = Shop(None)
    with patch.object(shop, "items") as items:
        items.add.return_value = 9
        assert shop.open("e") == 9
        items.add.assert_called_once_with("e")
"""
OBJECTS = """

def test_method_of_an_object(monkeypatch):
    items = SqlItems(None)
    monkeypatch.setattr(items, "names", lambda: ["m"])
    items.add = Mock(return_value=4)
    assert [Shop(items).first(), Shop(items).open("x")] == ["m", 4]
    items.add.assert_called_once_with("x")
"""
COMMAND = """
import sys

from app.database import SessionLocal
from app.services import Shop, SqlItems


def main(name: str) -> None:
    with SessionLocal() as db:
        print(Shop(SqlItems(db)).open(name))


if __name__ == "__main__":
    main(sys.argv[1])
"""


def _service(tmp_path: Path, checks: str, services: str = SERVICES, **more: str) -> Path:
    files: dict[str, str | bytes] = {"app/ports.py": PORTS, "app/services.py": services, **app(BODY, IMPORTS)}
    more_files = {f"app/{name}.py": text for name, text in more.items()}
    loop = "import pytest\n\n\n@pytest.fixture\ndef anyio_backend():\n    return 'asyncio'\n"
    tests = {"tests/test_shop.py": HEAD + checks, "tests/conftest.py": loop}
    return write_service(tmp_path, {**files, **more_files, **tests})


def _check(root: Path, count: int) -> None:
    done = run_suite(root, "-q", "tests")
    assert f"{count} passed" in done.stdout, done.stdout + done.stderr


def test_what_stands_in_follows(tmp_path: Path) -> None:
    root = _service(tmp_path, FAKE + FAKES + MOCKS + OBJECTS)
    _check(root, 13)
    assert set(outcomes(converted(root)).values()) == {"native"}
    text = (root / "tests/test_shop.py").read_text()
    assert "    async def add(self, name):\n        if name not in await self.names():" in text
    assert "Shop(FakeItems())" in text and "Shop(filled)" in text, "what is async itself needs no face"
    assert "Shop(async_face(self.items, Items))" in text and "new_callable=async_mock_of(Items)" in text
    assert "Shop(items).first()" in text, "a mock with the methods of the class needs no face"
    _check(root, 13)


def test_a_class_that_stands_in_needs_no_base(tmp_path: Path) -> None:
    root = _service(tmp_path, FAKE.replace("FakeItems(Items)", "FakeItems") + FAKES)
    assert set(outcomes(converted(root)).values()) == {"native"}
    assert "    async def names(self):" in (root / "tests/test_shop.py").read_text()
    _check(root, 6)


def test_fakes_stay_sync_where_the_classes_get_async_copies(tmp_path: Path) -> None:
    checks = """
def test_route():
    items = FakeItems(["a"])
    app.dependency_overrides[get_items] = lambda: items
    assert TestClient(app).get("/first").json() == "a"
    assert TestClient(app).get("/names").json() == ["a"]
    app.dependency_overrides.clear()


def test_service():
    assert Shop(FakeItems(["q"])).first() == "q"
"""
    root = _service(tmp_path, FAKE + checks, command=COMMAND)
    assert set(outcomes(converted(root)).values()) == {"native"}
    text = (root / "tests/test_shop.py").read_text()
    assert "    def names(self):" in text and "async_face(" in text
    _check(root, 2)


def test_what_is_read_without_a_call_stays_sync(tmp_path: Path) -> None:
    checks = """
def test_kept(monkeypatch):
    items = FakeItems(["a"])
    names = items.names
    assert names() == ["a"]
    assert Shop(items).first() == "a"
"""
    root = _service(tmp_path, FAKE + checks)
    converted(root)
    _check(root, 1)
