"""Objects that keep a maker of sessions, not a session: `with self.session_factory() as session`."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from ..pipeline_tools import answers, converted, outcomes, write_service  # noqa: TID252

DATABASE = """
from collections.abc import Callable
from contextlib import AbstractContextManager, contextmanager

from sqlalchemy import create_engine
from sqlalchemy.orm import DeclarativeBase, Session, scoped_session, sessionmaker

engine = create_engine("sqlite:///./app.db", connect_args={"check_same_thread": False})


class Base(DeclarativeBase):
    pass


class Database:
    def __init__(self) -> None:
        self._factory = scoped_session(sessionmaker(bind=engine, autoflush=False))

    @contextmanager
    def session(self) -> Callable[..., AbstractContextManager[Session]]:
        session: Session = self._factory()
        try:
            yield session
        except Exception:
            session.rollback()
            raise
        finally:
            session.close()


SessionLocal = sessionmaker(bind=engine, autoflush=False)
"""
REPOSITORY = """
from collections.abc import Callable
from contextlib import AbstractContextManager

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Item


class Taken(Exception):
    pass


class Items:
    def __init__(self, session_factory: Callable[..., AbstractContextManager[Session]]) -> None:
        self.session_factory = session_factory

    def names(self) -> list[str]:
        with self.session_factory() as session:
            return [item.name for item in session.query(Item).order_by(Item.id).all()]

    def add(self, name: str) -> int:
        with self.session_factory() as session:
            item = Item(name=name)
            session.add(item)
            session.flush()
            if session.scalars(select(Item).where(Item.name == name)).first() is not item:
                raise Taken(name)
            if name.startswith("no"):
                raise Taken(name)
            session.commit()
            return item.id
"""
CONTAINER = """
from dependency_injector import containers, providers

from app.database import Database
from app.repository import Items


class Container(containers.DeclarativeContainer):
    wiring_config = containers.WiringConfiguration(modules=["app.main"])
    database = providers.Singleton(Database)
    items = providers.Factory(Items, session_factory=database.provided.session)
"""
INJECTED = """
from dependency_injector.wiring import Provide, inject
from fastapi import Depends, FastAPI, HTTPException

from app.container import Container
from app.repository import Items, Taken

app = FastAPI()


@app.get("/items")
@inject
def names(items: Items = Depends(Provide[Container.items])):
    return items.names()


@app.post("/items/{name}")
@inject
def add(name: str, items: Items = Depends(Provide[Container.items])):
    try:
        return items.add(name)
    except Taken:
        raise HTTPException(409)


app.container = Container()
"""
PLAIN = """
from fastapi import Depends, FastAPI, HTTPException

from app.database import SessionLocal
from app.repository import Items, Taken

app = FastAPI()


def get_items() -> Items:
    return Items(SessionLocal)


@app.get("/items")
def names(items: Items = Depends(get_items)):
    return items.names()


@app.post("/items/{name}")
def add(name: str, items: Items = Depends(get_items)):
    try:
        return items.add(name)
    except Taken:
        raise HTTPException(409)
"""
DERIVED = REPOSITORY.replace("class Items:", "class Repository:", 1).replace(
    "    def names(self)",
    """
class Items(Repository):
    def __init__(self, session_factory: Callable[..., AbstractContextManager[Session]]) -> None:
        self.session_factory = session_factory
        super().__init__(session_factory)

    def names(self)""",
    1,
)
OPENER = """

@contextmanager
def session_scope():
    with SessionLocal() as session:
        yield session
"""
GIVEN = CONTAINER.replace("import Database", "import session_scope").replace(
    "    database = providers.Singleton(Database)\n", ""
)
DECORATOR = """
from functools import wraps

from dependency_injector.wiring import inject as wired

calls: list[str] = []


def inject(function):
    @wired
    @wraps(function)
    def wrapper(*args, **kwargs):
        result = function(*args, **kwargs)
        calls.append(function.__name__)
        return result

    return wrapper
"""
FILES = {"app/database.py": DATABASE, "app/repository.py": REPOSITORY}
WITH = {
    "container": {"app/container.py": CONTAINER, "app/main.py": INJECTED},
    "factory": {
        "app/main.py": PLAIN,
        "app/repository.py": REPOSITORY.replace(
            "Callable[..., AbstractContextManager[Session]]", "sessionmaker[Session]"
        )
        .replace("import Session\n", "import Session, sessionmaker\n")
        .replace("from collections.abc import Callable\nfrom contextlib import AbstractContextManager\n\n", ""),
    },
    "method": {
        "app/main.py": PLAIN.replace("import SessionLocal", "import Database").replace(
            "(SessionLocal)", "(Database().session)"
        )
    },
    "derived": {"app/container.py": CONTAINER, "app/main.py": INJECTED, "app/repository.py": DERIVED},
    "loosely annotated": {
        "app/container.py": CONTAINER,
        "app/main.py": INJECTED,
        "app/database.py": DATABASE.replace(
            "Callable[..., AbstractContextManager[Session]]", "Generator[Any, Any, AbstractContextManager[Session]]"
        ).replace("from collections.abc import Callable\n", "from typing import Any, Generator\n"),
    },
    "function in a container": {
        "app/container.py": GIVEN.replace("database.provided.session", "session_scope"),
        "app/main.py": INJECTED,
        "app/database.py": DATABASE + OPENER,
    },
    "own decorator": {
        "app/container.py": CONTAINER,
        "app/wiring.py": DECORATOR,
        "app/main.py": INJECTED.replace("import Provide, inject", "import Provide").replace(
            "from app.repository", "from app.wiring import inject\nfrom app.repository"
        ),
    },
}
REQUESTS = [
    ("POST", "/items/a", None),
    ("POST", "/items/no", None),
    ("POST", "/items/b", None),
    ("GET", "/items", None),
]


def service(root: Path, files: dict[str, str]) -> Path:
    from ..pipeline_tools import MODELS  # noqa: TID252

    write_service(root, {**FILES, "app/models.py": MODELS, **files}, basic=False)
    return root


@pytest.mark.parametrize("way", list(WITH))
def test_what_makes_its_sessions_is_handed_over_async(tmp_path: Path, way: str) -> None:
    root = service(tmp_path / "service", dict(WITH[way]))
    before = answers(root, REQUESTS)
    result = converted(root, python=Path(sys.executable))
    assert set(outcomes(result).values()) == {"native"}
    assert answers(root, REQUESTS) == before
    assert [status for status, _ in before["answers"]] == [200, 409, 200, 200]
    assert before["answers"][-1][1] == ["a", "b"]
    text = (root / "app/repository.py").read_text()
    assert text.count("async with self.session_factory() as session:") == 2
    assert "AsyncSession]" in text


def test_one_method_that_stays_sync_keeps_the_others(tmp_path: Path) -> None:
    """One object cannot make sync and async sessions by the same name."""
    stays = (
        WITH["factory"]["app/repository.py"]
        + "\n    def tables(self):\n        with self.session_factory() as session:\n"
    )
    stays += "            return sorted(table.name for table in map(session.get_bind, [Item]))\n"
    main = (
        PLAIN
        + '\n\n@app.get("/tables")\ndef tables(items: Items = Depends(get_items)):\n    return ITEMS.tables()\n\n\n'
    )
    main = main.replace("return ITEMS.tables()", "return [items.tables() for _ in NONE]") + "NONE: list[int] = []\n"
    main += "FIRST = Items(SessionLocal).names() if app.debug else []\n"
    root = service(tmp_path / "service", {"app/repository.py": stays, "app/main.py": main})
    before = answers(root, REQUESTS)
    converted(root, python=Path(sys.executable))
    assert "async with self.session_factory()" not in (root / "app/repository.py").read_text()
    assert answers(root, REQUESTS) == before


def test_a_factory_that_others_read_as_well_stays(tmp_path: Path) -> None:
    main = PLAIN + '\n\n@app.get("/own")\ndef own(items: Items = Depends(get_items)):\n'
    main += "    with items.session_factory() as session:\n        return session.is_active\n"
    root = service(tmp_path / "service", {**WITH["factory"], "app/main.py": main})
    requests = [*REQUESTS, ("GET", "/own", None)]
    before = answers(root, requests)
    converted(root, python=Path(sys.executable))
    assert "async with" not in (root / "app/repository.py").read_text()
    assert answers(root, requests) == before
