"""Makers of sessions that set their database up, too: the async copy leaves that to the original."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..fresh import run_suite  # noqa: TID252
from ..pipeline_tools import answers, converted, outcomes, route, rules, write_service  # noqa: TID252

DATABASE = '''
import typing

from sqlalchemy import create_engine, inspect, orm

from app.models import Base
from app.settings import settings


def notes() -> list[str]:
    return settings.notes


def make_sessions(create: bool = True) -> orm.sessionmaker:
    """Makes sessions."""
    options: dict[str, typing.Any] = {}
    if settings.size is not None:
        options["pool_size"] = settings.size
    engine = create_engine(settings.url, **options)
    if create:
        # once
        present = set(inspect(engine).get_table_names())
        if "items" not in present:
            notes().append(f"{len(present)} tables")
            Base.metadata.create_all(engine)
    return orm.sessionmaker(bind=engine)


Sessions = make_sessions(create=settings.create)


def get_session() -> typing.Iterator[orm.Session]:
    with Sessions() as session:
        try:
            yield session
            session.commit()
        except Exception:
            session.rollback()
            raise
'''
MODELS = """
from sqlalchemy import Column, Integer, String, orm

Base = orm.declarative_base()


class Item(Base):
    __tablename__ = "items"
    id = Column(Integer, primary_key=True)
    name = Column(String)
"""
SETTINGS = """
class Settings:
    url = "sqlite:///./app.db"
    size = 5
    create = True
    notes: list[str] = []


settings = Settings()
"""
MAIN = """
from fastapi import Depends, FastAPI, HTTPException
from sqlalchemy import orm, text

from app.database import get_session
from app.models import Item
from app.settings import settings

app = FastAPI()


@app.post("/items/{name}")
def add(name: str, db: orm.Session = Depends(get_session)):
    db.add(Item(name=name))
    db.flush()
    if name == "bad":
        raise HTTPException(400)
    return db.query(Item).count()


@app.get("/notes")
def told(db: orm.Session = Depends(get_session)):
    return [*settings.notes, db.query(Item).count()]


@app.get("/health")
def health(db: orm.Session = Depends(get_session)):
    try:
        db.execute(text("select 1")).all()
    except Exception:
        raise HTTPException(503)
    return "ok"
"""
COPY = '''def make_async_sessions() -> async_sessionmaker:
    """Makes sessions."""
    options: dict[str, typing.Any] = {}
    if settings.size is not None:
        options["pool_size"] = settings.size
    engine = create_async_engine(async_url(settings.url), **options)
    return async_sessionmaker(bind=engine, expire_on_commit=False)


Sessions = make_sessions(create=settings.create)
AsyncSessions = make_async_sessions()
'''
FILES = {"app/database.py": DATABASE, "app/settings.py": SETTINGS, "app/main.py": MAIN, "app/models.py": MODELS}
REQUESTS = [
    ("POST", "/items/a", None),
    ("POST", "/items/bad", None),
    ("POST", "/items/b", None),
    ("GET", "/notes", None),
]


def service(root: Path, **changes: str) -> Path:
    database = DATABASE
    for old, new in changes.items():
        assert old in database
        database = database.replace(old, new)
    return write_service(root, {**FILES, "app/database.py": database})


def test_the_copy_makes_sessions_alone(tmp_path: Path) -> None:
    root = service(tmp_path)
    before = answers(root, REQUESTS)
    assert before["answers"][-1][1] == ["0 tables", 2]
    result = converted(root)
    assert set(outcomes(result).values()) == {"native"}
    assert COPY in (root / "app/database.py").read_text()
    (root / "app.db").unlink(missing_ok=True)
    assert answers(root, REQUESTS) == before
    assert not converted(root).after


#: What the copy would miss: its work reaches what is made, or happens each time sessions are made.
TABLES = "            Base.metadata.create_all(engine)"
CHANGED = {
    "bound": {
        "        present = set(": "        engine = engine.execution_options(logging_token='x')\n        present = set("
    },
    "listener": {
        TABLES: f"{TABLES}\n            watch(engine)",
        "def notes()": "def watch(engine):\n    engine.echo = True\n\n\ndef notes()",
    },
    "option": {TABLES: f"{TABLES}\n        engine.echo = True"},
    "each": {"    with Sessions() as session:": "    with make_sessions()() as session:"},
}


@pytest.mark.parametrize("form", CHANGED)
def test_what_the_copy_would_miss_keeps_the_routes(tmp_path: Path, form: str) -> None:
    result = converted(service(tmp_path, **CHANGED[form]))
    assert set(outcomes(result).values()) == {"left"}
    assert rules(route(result, "GET", "/notes")) & {"session-provider", "session-source"}


SUITE = """
from unittest.mock import Mock

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import create_engine, orm
from sqlalchemy.exc import OperationalError

from app.database import get_session
from app.main import app
from app.models import Base


@pytest.fixture
def client(tmp_path):
    engine = create_engine(f"sqlite:///{tmp_path}/test.db")
    Base.metadata.create_all(engine)
    with orm.Session(engine) as session:
        app.dependency_overrides[get_session] = lambda: session
        with TestClient(app) as client:
            setattr(client, "session", session)
            yield client


def test_items(client):
    assert client.post("/items/a").json() == 1
    assert client.get("/health").json() == "ok"


def test_no_database(client):
    client.session.execute = Mock(side_effect=OperationalError("no", None, None))
    assert client.get("/health").status_code == 503


def test_no_commit(client, monkeypatch):
    monkeypatch.setattr(client.session, "flush", Mock(side_effect=OperationalError("no", None, None)))
    with pytest.raises(OperationalError):
        client.post("/items/a")
"""


def test_methods_that_tests_replace_on_their_session_are_replaced_on_the_async_one(tmp_path: Path) -> None:
    root = service(tmp_path)
    (root / "tests").mkdir()
    (root / "tests/test_app.py").write_text(SUITE)
    assert "3 passed" in run_suite(root).stdout
    result = converted(root)
    assert set(outcomes(result).values()) == {"native"}
    assert 'for name in ("execute", "flush"):' in (root / "tests/test_app.py").read_text()
    assert "3 passed" in run_suite(root).stdout
