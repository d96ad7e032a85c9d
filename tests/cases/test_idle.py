"""Methods that nothing calls: they move with their object's session, and for nothing else."""

from __future__ import annotations

import sys
from pathlib import Path

from ..pipeline_tools import answers, converted, outcomes, write_service  # noqa: TID252

ITEMS = """
from sqlalchemy.orm import Session

from app.models import Item


class Items:
    def __init__(self, db: Session):
        self.db = db

    async def find(self, name: str) -> Item | None:
        return self.db.query(Item).filter_by(name=name).first()

    async def by_id(self, item_id: int) -> Item | None:
        return self.db.query(Item).filter_by(id=item_id).first()

    async def add(self, name: str) -> Item:
        item = Item(name=name)
        self.db.add(item)
        self.db.commit()
        self.db.refresh(item)
        return item
"""
MAIN = """
from fastapi import Depends, FastAPI
from sqlalchemy.orm import Session

from app.database import get_db
from app.items import Items

app = FastAPI()


def get_items(db: Session = Depends(get_db)) -> Items:
    return Items(db)


@app.post("/items/{name}")
async def ensure(name: str, items: Items = Depends(get_items)) -> int:
    found = await items.find(name)
    return (found or await items.add(name)).id
"""
REQUESTS = [("POST", "/items/a", None), ("POST", "/items/b", None), ("POST", "/items/a", None)]


def test_an_async_method_that_nothing_calls_moves_with_its_objects_session(tmp_path: Path) -> None:
    root = write_service(tmp_path / "service", {"app/items.py": ITEMS, "app/main.py": MAIN})
    before = answers(root, REQUESTS)
    result = converted(root, python=Path(sys.executable))
    assert outcomes(result) == {"POST /items/{name}": "repaired"}
    assert answers(root, REQUESTS) == before
    text = (root / "app/items.py").read_text()
    assert "self.db.query" not in text
    assert "await self.db.scalar(select(Item).filter_by(id=item_id)" in text


STORE = """
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from app.database import engine
from app.models import Item


class Port(Protocol):
    def add(self, name: str) -> int: ...


class Writing:
    def __init__(self, session: Session) -> None:
        self.session = session

    def add(self, name: str) -> int:
        item = Item(name=name)
        self.session.add(item)
        self.session.flush()
        return item.id


class Store:
    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @contextmanager
    def scope(self) -> Iterator[Session]:
        with Session(self.engine) as session:
            yield session
            session.commit()

    @contextmanager
    def writing(self) -> Iterator[Port]:
        with self.scope() as session:
            yield Writing(session)

    def remove(self, name: str) -> None:
        with self.scope() as session:
            session.query(Item).filter(Item.name == name).delete()


class Service:
    def __init__(self, store: Store) -> None:
        self.store = store

    def add(self, name: str) -> int:
        with self.store.writing() as port:
            return port.add(name)


service = Service(Store(engine))
"""
STORE_MAIN = """
from fastapi import FastAPI

from app.items import service

app = FastAPI()


@app.post("/items/{name}")
def add(name: str) -> int:
    return service.add(name)
"""


def test_what_nothing_calls_stays_where_nothing_of_its_object_moves(tmp_path: Path) -> None:
    root = write_service(tmp_path / "service", {"app/items.py": STORE, "app/main.py": STORE_MAIN})
    before = answers(root, REQUESTS[:2])
    converted(root, python=Path(sys.executable))
    assert answers(root, REQUESTS[:2]) == before
    text = (root / "app/items.py").read_text()
    assert "    def remove(self" in text
    assert "create_async_engine" not in text


GUARDS = """
from fastapi import Depends, Header, HTTPException
from sqlalchemy.orm import Session

from app.database import get_db
from app.models import Item


def by_name(db: Session, name: str):
    return db.query(Item).filter(Item.name == name).first()


def current(db: Session = Depends(get_db), name: str = Header("a")):
    found = by_name(db, name)
    if found is None:
        raise HTTPException(404)
    return found


async def is_there(db: Session = Depends(get_db), name: str = Header("a")):
    try:
        return current(db, name) is not None
    except HTTPException:
        return False
"""
GUARDED = """
from fastapi import Depends, FastAPI
from sqlalchemy.orm import Session

from app.database import get_db
from app.guards import current
from app.models import Item

app = FastAPI()


@app.post("/items/{name}")
def add(name: str, db: Session = Depends(get_db)) -> None:
    db.add(Item(name=name))
    db.commit()


@app.get("/items")
def read(item=Depends(current)) -> str:
    return item.name
"""


def test_a_dependency_that_nothing_asks_for_moves_with_what_it_calls(tmp_path: Path) -> None:
    root = write_service(tmp_path / "service", {"app/guards.py": GUARDS, "app/main.py": GUARDED})
    asked = [("GET", "/items", None), ("POST", "/items/a", None), ("GET", "/items", None)]
    before = answers(root, asked)
    result = converted(root, python=Path(sys.executable))
    assert set(outcomes(result).values()) == {"native"}
    assert answers(root, asked) == before
    text = (root / "app/guards.py").read_text()
    assert "import AsyncSession" in text and "import Session" not in text and "current_async" not in text
    assert "return await current(db, name) is not None" in text


def test_one_that_is_imported_somewhere_keeps_the_original(tmp_path: Path) -> None:
    service = {"app/guards.py": GUARDS, "app/main.py": GUARDED, "app/api.py": "from app.guards import is_there\n"}
    root = write_service(tmp_path / "service", service)
    converted(root, python=Path(sys.executable))
    text = (root / "app/guards.py").read_text()
    assert "async def current_async(" in text and "return current(db, name) is not None" in text
