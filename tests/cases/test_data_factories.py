"""Tests beside the app that make their data by factories over a sync session: none is lost, and the app moves."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..pipeline_tools import converted, outcomes, write_service  # noqa: TID252
from .ladder_service import MOVED, SERVICE, passes

IN_META = """
import factory
import pytest
from factory.alchemy import SQLAlchemyModelFactory
from fastapi.testclient import TestClient
from sqlalchemy import create_engine
from sqlalchemy.orm import scoped_session, sessionmaker

from app.database import Base, get_db
from app.main import app
from app.models import Item

engine = create_engine("sqlite:///./meta.db", connect_args={"check_same_thread": False})
Session = scoped_session(sessionmaker(bind=engine))


class ItemFactory(SQLAlchemyModelFactory):
    class Meta:
        model = Item
        sqlalchemy_session = Session
        sqlalchemy_session_persistence = "commit"

    name = factory.Sequence(lambda n: f"item{n}")


@pytest.fixture(autouse=True)
def tables():
    Base.metadata.create_all(bind=engine)
    ItemFactory.reset_sequence()
    yield
    Session.remove()
    Base.metadata.drop_all(bind=engine)


@pytest.fixture
def client():
    def override_get_db():
        with sessionmaker(bind=engine)() as db:
            yield db

    app.dependency_overrides[get_db] = override_get_db
    yield TestClient(app)
    app.dependency_overrides.clear()


def test_names(client):
    ItemFactory()
    ItemFactory.create(name="x")
    assert client.get("/names").json() == ["item0", "x"]


def test_rename(client):
    item = ItemFactory(name="x")
    assert client.put("/names/x/y").json() == {"name": "y"}
    Session.refresh(item)
    assert item.name == "y"
"""
IN_FIXTURE = """
import factory
import pytest
from factory.alchemy import SQLAlchemyModelFactory
from fastapi.testclient import TestClient
from sqlalchemy import create_engine
from sqlalchemy.orm import sessionmaker
from sqlalchemy.pool import StaticPool

from app.database import Base, get_db
from app.main import app
from app.models import Item

engine = create_engine("sqlite://", connect_args={"check_same_thread": False}, poolclass=StaticPool)
TestingSession = sessionmaker(bind=engine)


class BaseFactory(SQLAlchemyModelFactory):
    class Meta:
        abstract = True
        sqlalchemy_session_persistence = "flush"


class ItemFactory(BaseFactory):
    class Meta:
        model = Item

    name = factory.Sequence(lambda n: f"item{n}")


@pytest.fixture
def db():
    Base.metadata.create_all(bind=engine)
    session = TestingSession()
    ItemFactory._meta.sqlalchemy_session = session
    ItemFactory.reset_sequence()
    yield session
    session.close()
    Base.metadata.drop_all(bind=engine)


@pytest.fixture
def client(db):
    app.dependency_overrides[get_db] = lambda: db
    yield TestClient(app)
    app.dependency_overrides.clear()


def test_names(client):
    ItemFactory.create_batch(2)
    assert client.get("/names").json() == ["item0", "item1"]


def test_rename(client, db):
    item = ItemFactory(name="x")
    assert client.put("/names/x/y").json() == {"name": "y"}
    db.refresh(item)
    assert item.name == "y"
"""
UNDONE = IN_FIXTURE.replace('"sqlite://"', '"sqlite:///./undone.db"').replace(
    "    session = TestingSession()\n",
    """    connection = engine.connect()
    transaction = connection.begin()
    session = TestingSession(bind=connection, join_transaction_mode="create_savepoint")
""",
)
UNDONE = UNDONE.replace(
    "    session.close()\n", "    session.close()\n    transaction.rollback()\n    connection.close()\n"
)
OWN = """
import pytest
from fastapi.testclient import TestClient
from polyfactory.factories.sqlalchemy_factory import SQLAlchemyFactory
from sqlalchemy import create_engine
from sqlalchemy.orm import sessionmaker

from app import crud
from app.database import Base, get_db
from app.main import app
from app.models import Item

engine = create_engine("sqlite:///./own.db", connect_args={"check_same_thread": False})
TestingSession = sessionmaker(bind=engine)


class ItemFactory(SQLAlchemyFactory[Item]):
    __model__ = Item
    __set_relationships__ = False


def make_item(db, name="own"):
    item = Item(name=name)
    db.add(item)
    db.commit()
    return item


@pytest.fixture
def db():
    Base.metadata.create_all(bind=engine)
    session = TestingSession()
    ItemFactory.__session__ = session
    yield session
    session.close()
    Base.metadata.drop_all(bind=engine)


@pytest.fixture
def client(db):
    def override_get_db():
        yield db

    app.dependency_overrides[get_db] = override_get_db
    yield TestClient(app)
    app.dependency_overrides.clear()


def test_names(client):
    ItemFactory.create_sync(name="x")
    assert client.get("/names").json() == ["x"]


def test_own(client, db):
    item = make_item(db)
    assert client.put("/names/own/y").json() == {"name": "y"}
    db.refresh(item)
    assert item.name == "y"


def test_direct(db):
    make_item(db, "x")
    assert ItemFactory.build(name="z").name == "z"
    assert crud.names(db) == ["x"]
    assert crud.Service(db).count() == 1
"""
DIRECT = """

def test_direct(db):
    ItemFactory(name="x")
    assert crud.names(db) == ["x"]
    assert crud.Service(db).count() == 1
"""


def test_factories_beside_the_app_keep_their_session(tmp_path: Path) -> None:
    pytest.importorskip("factory")
    pytest.importorskip("polyfactory")
    tests = {"test_meta": IN_META, "test_fixture": IN_FIXTURE, "test_undone": UNDONE, "test_own": OWN}
    root = write_service(tmp_path, {**SERVICE, **{f"tests/{name}.py": text for name, text in tests.items()}})
    passes(root, 9)
    assert outcomes(converted(root)) == MOVED
    text = (root / "tests/test_own.py").read_text()
    assert '    await async_db.run_sync(make_item, "x")\n' in text
    assert (root / "tests/test_meta.py").read_text().count("sqlalchemy_session = Session\n") == 1
    passes(root, 9)


def test_what_a_factory_flushes_is_read_by_its_own_session(tmp_path: Path) -> None:
    """An async session beside it would not see it, so the test and what only it calls in one object stay sync."""
    pytest.importorskip("factory")
    text = IN_FIXTURE.replace("from app.database", "from app import crud\nfrom app.database") + DIRECT
    root = write_service(tmp_path, {**SERVICE, "tests/test_direct.py": text})
    passes(root, 3)
    result = converted(root)
    assert outcomes(result) == MOVED
    text = (root / "app/crud.py").read_text()
    assert "async def names_async(" in text and "class Service:" in text and "class AsyncService:" in text
    passes(root, 3)
