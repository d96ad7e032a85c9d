"""Tests that hand over an object of a class whose original stays beside an async copy: the routes stay as they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..fresh import run_suite  # noqa: TID252
from ..pipeline_tools import app, converted, outcomes, route, rules, write_service  # noqa: TID252

SERVICES = """
from fastapi import Depends
from sqlalchemy.orm import Session

from app.database import get_db
from app.models import Item


class Items:
    def __init__(self, db: Session = Depends(get_db)):
        self.db = db

    def names(self) -> list[str]:
        return [item.name for item in self.db.query(Item).order_by(Item.id).all()]

    def add(self, name: str) -> Item:
        item = Item(name=name)
        self.db.add(item)
        self.db.commit()
        self.db.refresh(item)
        return item


def get_items(db: Session = Depends(get_db)) -> Items:
    return Items(db)
"""
BODY = """
@app.get("/names")
def all_names(items: Items = Depends(KEY)):
    return items.names()


@app.post("/names/{name}")
def add(name: str, items: Items = Depends(KEY)):
    return {"name": items.add(name).name}


@app.get("/items")
def all_items(db: Session = Depends(get_db)):
    return db.query(Item).count()
"""
TESTS = """
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import StaticPool, create_engine
from sqlalchemy.orm import sessionmaker

from app.database import Base, get_db
from app.main import app
from app.services import Items, get_items


@pytest.fixture
def db():
    engine = create_engine("sqlite://", connect_args={"check_same_thread": False}, poolclass=StaticPool)
    Base.metadata.create_all(engine)
    session = sessionmaker(bind=engine)()
    yield session
    session.close()


@pytest.fixture
def items(db):
    return Items(db)


@pytest.fixture
def client(items, db):
    app.dependency_overrides[KEY] = lambda: items
    app.dependency_overrides[get_db] = lambda: db
    yield TestClient(app)
    app.dependency_overrides.clear()


def test_names(client, items):
    assert client.post("/names/a").json() == {"name": "a"}
    assert client.get("/names").json() == ["a"]
    assert client.get("/items").json() == 1
    assert items.names() == ["a"]
"""


@pytest.mark.parametrize("key", ["get_items", "Items"])
def test_routes_that_ask_for_it_stay(tmp_path: Path, key: str) -> None:
    files = {
        "app/services.py": SERVICES,
        "tests/test_items.py": TESTS.replace("KEY", key),
        **app(BODY.replace("KEY", key), "from app.services import Items, get_items"),
    }
    root = write_service(tmp_path / "service", files)
    result = converted(root)
    assert outcomes(result) == {"GET /names": "left", "POST /names/{name}": "left", "GET /items": "native"}
    assert "test-override" in rules(route(result, "GET", "/names"))
    done = run_suite(root, "-q")
    assert done.returncode == 0, done.stdout[-3000:]


def test_without_the_tests_all_move(tmp_path: Path) -> None:
    files = {"app/services.py": SERVICES, **app(BODY.replace("KEY", "get_items"), "from app.services import *")}
    result = converted(write_service(tmp_path / "service", files))
    assert set(outcomes(result).values()) == {"native"}
