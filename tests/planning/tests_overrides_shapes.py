"""A small service and the ways in which tests override its session: a conftest for each, all with the same tests."""

from __future__ import annotations

APP = {
    "app/__init__.py": "",
    "app/database.py": """
from sqlalchemy import create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, sessionmaker

engine = create_engine("sqlite:///./never-made.db", connect_args={"check_same_thread": False})
SessionLocal = sessionmaker(bind=engine)


class Base(DeclarativeBase):
    pass


class Item(Base):
    __tablename__ = "items"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


def get_db():
    db = SessionLocal()
    try:
        yield db
    finally:
        db.close()
""",
    "app/main.py": """
from fastapi import Depends, FastAPI, HTTPException
from sqlalchemy.orm import Session

from app.database import Item, get_db

app = FastAPI()


@app.get("/items")
def names(db: Session = Depends(get_db)):
    return [item.name for item in db.query(Item).order_by(Item.id).all()]


@app.post("/items/{name}", status_code=201)
def create(name: str, db: Session = Depends(get_db)):
    db.add(Item(name=name))
    db.commit()
    return {"name": name}


@app.delete("/items/{item_id}")
def delete(item_id: int, db: Session = Depends(get_db)):
    item = db.get(Item, item_id)
    if item is None:
        raise HTTPException(404)
    db.delete(item)
    db.commit()
    return {"deleted": item_id}
""",
}
CHECKS = """
from app.database import Item


def test_each_sees_the_rows_of_the_other(client, session):
    assert client.post("/items/first").status_code == 201
    assert [item.name for item in session.query(Item)] == ["first"]
    session.add(Item(name="second"))
    session.commit()
    assert client.get("/items").json() == ["first", "second"]


def test_a_deleted_row_keeps_its_values(client, session):
    item = Item(name="gone")
    session.add(item)
    session.commit()
    assert client.delete(f"/items/{item.id}").json() == {"deleted": 1}
    session.expire_all()
    assert session.query(Item).count() == 0


def test_what_was_loaded_is_there_after_a_request(client, session):
    session.add(Item(name="kept"))
    session.commit()
    (item,) = session.query(Item)
    assert client.get("/items").json() == ["kept"]
    assert item.name == "kept"
"""
SHARED_CHECKS = (
    CHECKS
    + """

def test_what_shared_a_session_goes_on_as_before(client, session):
    item = Item(name="gone")
    session.add(item)
    session.flush()
    assert client.delete(f"/items/{item.id}").status_code == 200
    assert (item.id, item.name) == (1, "gone")
    assert client.delete(f"/items/{item.id}").status_code == 404
"""
)
HEAD = """
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import create_engine
from sqlalchemy.event import listens_for
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import StaticPool

from app.database import Base, Item, get_db
from app.main import app
"""
MEMORY = """
@pytest.fixture
def engine():
    engine = create_engine("sqlite://", connect_args={"check_same_thread": False}, poolclass=StaticPool)
    Base.metadata.create_all(engine)
    return engine


@pytest.fixture
def session(engine):
    with Session(engine) as session:
        yield session
"""
FACTORY = """
engine = create_engine("sqlite:///./SHAPE.db", connect_args={"check_same_thread": False})
TestingSession = sessionmaker(bind=engine)


@pytest.fixture
def session():
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    with TestingSession() as session:
        yield session
"""
MODULE_MEMORY = """
URL = "sqlite:///:memory:"
engine = create_engine(URL, connect_args={"check_same_thread": False}, poolclass=StaticPool)
TestingSession = sessionmaker(bind=engine)


@pytest.fixture
def session():
    Base.metadata.create_all(engine)
    with TestingSession() as session:
        yield session
    Base.metadata.drop_all(engine)
"""
ROLLED_BACK = """
engine = create_engine("sqlite:///./SHAPE.db", connect_args={"check_same_thread": False})
TestingSession = sessionmaker(bind=engine)
Base.metadata.drop_all(engine)
Base.metadata.create_all(engine)


@pytest.fixture
def session():
    connection = engine.connect()
    transaction = connection.begin()
    session = TestingSession(bind=connection)
    yield session
    session.close()
    transaction.rollback()
    connection.close()
"""
CLOSED = """
engine = create_engine("sqlite:///./SHAPE.db", connect_args={"check_same_thread": False})
Base.metadata.drop_all(engine)
Base.metadata.create_all(engine)


@pytest.fixture
def session():
    connection = engine.connect()
    transaction = connection.begin()
    session = sessionmaker(bind=connection, expire_on_commit=False)()
    yield session
    session.close()
    transaction.close()
    connection.close()


@pytest.fixture
def client(session):
    app.dependency_overrides[get_db] = lambda: session
    return TestClient(app)
"""
SAVEPOINT = """
engine = create_engine("sqlite:///./SHAPE.db", connect_args={"check_same_thread": False})


@pytest.fixture(scope="session")
def tables():
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add(Item(id=7, name="kept"))
        session.commit()


@pytest.fixture
def connection(tables):
    connection = engine.connect()
    transaction = connection.begin()
    yield connection
    transaction.rollback()
    connection.close()


@pytest.fixture
def session(connection):
    session = Session(bind=connection)
    nested = connection.begin_nested()

    @listens_for(session, "after_transaction_end")
    def begin_again(session, transaction):
        nonlocal nested
        if not nested.is_active:
            nested = connection.begin_nested()

    session.delete(session.get(Item, 7))
    session.commit()
    yield session
    session.close()
"""
ASSIGNED = """
@pytest.fixture
def client(session):
    OVERRIDE

    app.dependency_overrides[get_db] = override_get_db
    yield TestClient(app)
    app.dependency_overrides.clear()
"""


def assigned(override: str) -> str:
    """A client fixture with the override as a nested function."""
    return ASSIGNED.replace("OVERRIDE", override.strip().replace("\n", "\n    "))


SHAPES = {
    "returned": MEMORY + assigned("def override_get_db():\n    return session"),
    "yielded": MODULE_MEMORY
    + assigned("def override_get_db():\n    try:\n        yield session\n    finally:\n        pass"),
    "closed": MEMORY
    + assigned("def override_get_db():\n    try:\n        yield session\n    finally:\n        session.close()"),
    "branches": MEMORY
    + assigned("def override_get_db() -> Session:\n    if session:\n        return session\n    return session"),
    "lambda": MEMORY
    + """
@pytest.fixture
def client(session):
    app.dependency_overrides[get_db] = lambda: session
    yield TestClient(app)
    app.dependency_overrides.pop(get_db)
""",
    "setitem": MEMORY
    + """
@pytest.fixture
def client(session, monkeypatch):
    monkeypatch.setitem(app.dependency_overrides, get_db, lambda: session)
    return TestClient(app)
""",
    "update": MEMORY
    + """
@pytest.fixture
def client(session):
    def override():
        yield session

    app.dependency_overrides.update({get_db: override})
    yield TestClient(app)
    del app.dependency_overrides[get_db]
""",
    "factory": MEMORY
    + """
def session_override(session):
    def override():
        return session

    return override


@pytest.fixture
def client(session):
    app.dependency_overrides = {get_db: session_override(session)}
    yield TestClient(app)
    app.dependency_overrides = {}
""",
    "given": MEMORY
    + """
@pytest.fixture
def override_db(session):
    def override():
        yield session

    return override


@pytest.fixture
def client(override_db):
    app.dependency_overrides[get_db] = override_db
    yield TestClient(app)
    app.dependency_overrides.clear()
""",
    "rolled_back": ROLLED_BACK + assigned("def override_get_db():\n    yield session"),
    "left_open": CLOSED,
    "savepoint": SAVEPOINT + assigned("def override_get_db():\n    yield session"),
    "own": FACTORY
    + """
def override_get_db():
    db = TestingSession()
    try:
        yield db
    finally:
        db.close()


@pytest.fixture
def client(session):
    app.dependency_overrides[get_db] = override_get_db
    yield TestClient(app)
    app.dependency_overrides.clear()
""",
    "managed": FACTORY
    + """
def override_get_db():
    with Session(engine) as db:
        yield db


@pytest.fixture
def client(session):
    app.dependency_overrides[get_db] = override_get_db
    yield TestClient(app)
    app.dependency_overrides.clear()
""",
    "reused": FACTORY
    + """
def override_get_db():
    db = TestingSession()
    try:
        yield db
    finally:
        db.close()


@pytest.fixture
def client(session):
    assert next(override_get_db()).get_bind() is engine
    app.dependency_overrides[get_db] = override_get_db
    yield TestClient(app)
    app.dependency_overrides.clear()
""",
}
OWN = ("own", "managed", "reused")
FAKE = """
from unittest.mock import MagicMock

import pytest

from app.database import get_db
from app.main import app


@pytest.fixture
def session():
    return MagicMock()


@pytest.fixture
def client(session):
    app.dependency_overrides[get_db] = lambda: session
"""
COUPLED = """
import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from app.database import get_db
from app.main import app

engine = create_engine("sqlite://")


@pytest.fixture
def session():
    connection = engine.connect()
    with connection.begin() as transaction:
        with Session(bind=connection) as session:
            yield session
        transaction.rollback()


@pytest.fixture
def client(session):
    def override():
        return session

    app.dependency_overrides[get_db] = override
"""


def conftest(shape: str) -> str:
    """The text of a shape's conftest, with two blank lines between definitions."""
    text = HEAD + SHAPES[shape].replace("SHAPE", shape)
    for start in ("@pytest", "def "):
        text = text.replace(f"\n\n{start}", f"\n\n\n{start}")
    return text.replace("\n\n\n\n", "\n\n\n")


def checks(shape: str) -> str:
    """The tests of a shape."""
    return CHECKS if shape in OWN else SHARED_CHECKS
