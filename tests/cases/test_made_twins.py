"""A factory of dependencies that sync routes, or tests, go on using gets an async copy beside it for the others."""

from __future__ import annotations

from pathlib import Path

from ..fresh import run_suite  # noqa: TID252
from ..pipeline_tools import answers, app, converted, outcomes, write_service  # noqa: TID252

AUTH = """
from typing import Annotated

from fastapi import Depends, HTTPException
from sqlalchemy.orm import Session

from app.database import SessionLocal, get_db
from app.models import Item


def get_own_db():
    db = SessionLocal()
    try:
        yield db
    finally:
        db.commit()
        db.close()


def current(kind: str = "auto"):
    def _current(name: str, db: Annotated[Session, Depends(get_db if kind == "auto" else get_own_db)]) -> Item:
        item = db.query(Item).filter(Item.name == name).first()
        if item is None:
            raise HTTPException(404)
        return item

    return _current


def require(price: int, kind: str = "auto"):
    def _check(item: Item = Depends(current(kind))) -> Item:
        if item.price < price:
            raise HTTPException(403)
        return item

    return _check


rich = require(10)
Known = Annotated[Item, Depends(current("auto"))]
"""
MAIN = """
from fastapi import FastAPI

from app import items, prices

app = FastAPI()
app.include_router(items.router)
app.include_router(prices.router)
"""
ITEMS = """
from fastapi import APIRouter, Depends
from sqlalchemy.orm import Session

from app.auth import Known, require, rich
from app.database import get_db
from app.models import Item

router = APIRouter()


@router.post("/items")
def post(name: str, price: int, db: Session = Depends(get_db)):
    db.add(Item(name=name, price=price))
    db.commit()


@router.get("/items")
def read(item: Item = Depends(rich), db: Session = Depends(get_db)):
    return [item.name, db.query(Item).count()]


@router.get("/known")
def known(item: Known, db: Session = Depends(get_db)):
    return [item.name, db.query(Item).count()]


@router.delete("/items", dependencies=[Depends(require(5))])
def remove(item: Item = Depends(require(1, kind="own"))):
    return item.price
"""
PRICES = """
from fastapi import APIRouter, Depends
from sqlalchemy.orm import Session

from app import auth
from app.auth import Known, require
from app.database import get_db
from app.models import Item

router = APIRouter()


@router.put("/prices")
def change(price: int, item: Item = Depends(auth.rich), db: Session = Depends(get_db)):
    item.price = price
    db.commit()
    return db.query(Item).filter(Item.price == price).count()


@router.get("/prices")
def read(known: Known, item: Item = Depends(require(5)), db: Session = Depends(get_db)):
    return [known.price, item.price, db.query(Item).count()]
"""
KEPT = """

@router.get("/kept")
def kept(known: Known, item: Item = Depends(auth.rich), db: Session = Depends(get_db)):
    return len([known, item]) + getattr(Kept(), "of")(db)


class Kept:
    def of(self, db):
        return db.query(Item).count()
"""
REQUESTS = [
    ("POST", "/items?name=x&price=7", None),
    ("POST", "/items?name=y&price=20", None),
    ("GET", "/items?name=x", None),
    ("GET", "/items?name=y", None),
    ("GET", "/items?name=z", None),
    ("GET", "/known?name=x", None),
    ("GET", "/prices?name=x", None),
    ("PUT", "/prices?name=x&price=30", None),
    ("PUT", "/prices?name=y&price=30", None),
    ("GET", "/prices?name=y", None),
    ("DELETE", "/items?name=x", None),
    ("DELETE", "/items?name=y", None),
]
KEPT_REQUESTS = [*REQUESTS, ("GET", "/kept?name=x", None), ("GET", "/kept?name=y", None)]
FILES = {"app/auth.py": AUTH, "app/main.py": MAIN, "app/items.py": ITEMS, "app/prices.py": PRICES}
OVERRIDDEN = """
from fastapi.testclient import TestClient

from app.auth import rich
from app.main import app
from app.models import Item


def a_rich_one():
    return Item(name="fake", price=100)


def test_it():
    app.dependency_overrides[rich] = a_rich_one
    try:
        assert TestClient(app).get("/items").json()[0] == "fake"
        assert TestClient(app).get("/kept?name=").status_code == 404
    finally:
        app.dependency_overrides.pop(rich)
    assert TestClient(app).get("/items").status_code == 422
"""


def text(root: Path, name: str) -> str:
    return (root / name).read_text()


def suite(root: Path) -> None:
    done = run_suite(root, "-q", "tests")
    assert done.returncode == 0, done.stdout[-3000:]


def test_factories_are_copied_for_the_async_users(tmp_path: Path) -> None:
    root = write_service(tmp_path, {**FILES, "app/prices.py": PRICES + KEPT})
    before = answers(root, KEPT_REQUESTS)
    statuses = [status for status, _ in before["answers"]]
    assert statuses == [200, 200, 403, 200, 404, 200, 200, 403, 200, 200, 200, 200, 403, 200]
    found = outcomes(converted(root))
    assert {name for name, outcome in found.items() if outcome != "native"} == {"GET /kept"}
    auth = text(root, "app/auth.py")
    assert "def current_async(kind" in auth and "    async def _current(" in auth and "    def _current(" in auth
    assert "_check(item: Item = Depends(current_async(kind)))" in auth
    assert "rich = require(10)\nrich_async = require_async(10)" in auth
    assert answers(root, KEPT_REQUESTS) == before
    assert not converted(root).after


def test_router_by_router_the_copies_come_and_go(tmp_path: Path) -> None:
    root = write_service(tmp_path, FILES)
    before = answers(root, REQUESTS)
    first = outcomes(converted(root, routers=("items",)))
    assert {name for name, outcome in first.items() if outcome == "native"} == {
        "POST /items", "GET /items", "GET /known", "DELETE /items",
    }  # fmt: skip
    assert "Depends(require_async(5))" in text(root, "app/items.py") and "rich_async" in text(root, "app/items.py")
    assert answers(root, REQUESTS) == before
    assert not converted(root, routers=("items",)).after
    converted(root, routers=("prices",))
    for name in FILES:
        assert "require_async" not in text(root, name) and "rich_async" not in text(root, name), name
        assert "current_async" not in text(root, name) and "Depends(get_db)" not in text(root, name), name
    assert text(root, "app/auth.py").count("async def _c") == 1  # what does no I/O stays
    assert answers(root, REQUESTS) == before


def test_what_tests_override_is_overridden_for_both(tmp_path: Path) -> None:
    files = {**FILES, "app/prices.py": PRICES + KEPT, "tests/__init__.py": "", "tests/test_it.py": OVERRIDDEN}
    root = write_service(tmp_path, files)
    suite(root)
    assert outcomes(converted(root))["GET /items"] == "native"
    assert "app.dependency_overrides[rich_async] = a_rich_one" in text(root, "tests/test_it.py")
    suite(root)
    assert not converted(root).after


def test_what_tests_call_by_hand_keeps_its_sync_form_for_them(tmp_path: Path) -> None:
    body = """
def counting(price: int):
    def count(db: Session = Depends(get_db)) -> int:
        return db.query(Item).filter(Item.price > price).count()

    return count


count_some = counting(5)


@app.get("/counts")
def counts(one: int = Depends(count_some), db: Session = Depends(get_db)):
    return [one, db.query(Item).count()]
"""
    test = """
from app.database import SessionLocal
from app.main import count_some


def test_it():
    with SessionLocal() as db:
        assert count_some(db) == 0
"""
    root = write_service(tmp_path, {**app(body), "tests/__init__.py": "", "tests/test_it.py": test})
    before = answers(root, [("GET", "/counts", None)])
    suite(root)
    assert outcomes(converted(root)) == {"GET /counts": "native"}
    assert "count_some_async = counting_async(5)" in text(root, "app/main.py")
    assert "await" not in text(root, "tests/test_it.py")
    suite(root)
    assert answers(root, [("GET", "/counts", None)]) == before
    assert not converted(root).after
