"""Methods that nothing calls: they move with their object's session, and for nothing else."""

from __future__ import annotations

import sys
from pathlib import Path

from ..fresh import run_suite  # noqa: TID252
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


PORT = """
from abc import ABC, abstractmethod

from sqlalchemy.orm import Session

from app.models import Item


class Repository(ABC):
    @abstractmethod
    def find(self, name: str) -> Item | None: ...

    @abstractmethod
    def delete(self, item: Item) -> None: ...


class SqlRepository(Repository):
    def __init__(self, session: Session):
        self.session = session

    def find(self, name: str) -> Item | None:
        return self.session.query(Item).filter_by(name=name).first()

    def delete(self, item: Item) -> None:
        self.session.delete(item)
        self.session.commit()


class Find:
    def __init__(self, repository: Repository):
        self.repository = repository

    def execute(self, name: str) -> bool:
        return self.repository.find(name) is not None


class Delete:
    def __init__(self, repository: Repository):
        self.repository = repository

    def execute(self, name: str) -> None:
        item = self.repository.find(name)
        if item is None:
            raise LookupError(name)
        self.repository.delete(item)
"""
PORT_MAIN = """
from fastapi import Depends, FastAPI
from sqlalchemy.orm import Session

from app.database import get_db
from app.port import Find, Repository, SqlRepository

app = FastAPI()


def get_repository(db: Session = Depends(get_db)) -> Repository:
    return SqlRepository(db)


def get_find(repository: Repository = Depends(get_repository)) -> Find:
    return Find(repository)


@app.get("/items/{name}")
def find(name: str, use_case: Find = Depends(get_find)) -> bool:
    return use_case.execute(name)
"""
PORT_TESTS = """
from unittest.mock import Mock

import pytest

from app.models import Item
from app.port import Delete, Repository


@pytest.fixture
def repository():
    return Mock(spec=Repository)


@pytest.fixture
def delete(repository):
    return Delete(repository)


def test_delete(delete, repository):
    item = Item(name="a")
    repository.find.return_value = item
    delete.execute("a")
    repository.delete.assert_called_once_with(item)


def test_missing(delete, repository):
    repository.find.return_value = None
    with pytest.raises(LookupError):
        delete.execute("a")
"""


def test_a_method_that_tests_alone_call_moves_with_them(tmp_path: Path) -> None:
    """It would keep the sync form of an abstract method, and with it all that implements and calls that."""
    files = {"app/port.py": PORT, "app/main.py": PORT_MAIN, "tests/__init__.py": "", "tests/test_port.py": PORT_TESTS}
    root = write_service(tmp_path / "service", files)
    before = answers(root, [("GET", "/items/a", None)])
    assert outcomes(converted(root, python=Path(sys.executable))) == {"GET /items/{name}": "native"}
    assert answers(root, [("GET", "/items/a", None)]) == before
    text = (root / "app/port.py").read_text()
    assert text.count("async def execute") == 2 and "\n    def find" not in text
    assert "2 passed" in run_suite(root, "-q", "tests").stdout
