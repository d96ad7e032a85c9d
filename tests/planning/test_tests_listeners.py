"""Tests whose engine lies in another file than their session, with listeners: the async sessions have all of it."""

from __future__ import annotations

from pathlib import Path

from .test_tests_overrides import convert, run_tests, write

DATABASE = """
from collections.abc import Iterator

from sqlalchemy import ForeignKey, create_engine, event
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker


def enforce_keys(engine):
    @event.listens_for(engine, "connect")
    def pragma(connection, record):
        cursor = connection.cursor()
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.close()


engine = create_engine("sqlite:///./never-made.db")
SessionLocal = sessionmaker(bind=engine)


class Base(DeclarativeBase):
    pass


class Shelf(Base):
    __tablename__ = "shelves"
    id: Mapped[int] = mapped_column(primary_key=True)


class Book(Base):
    __tablename__ = "books"
    id: Mapped[int] = mapped_column(primary_key=True)
    shelf_id: Mapped[int] = mapped_column(ForeignKey("shelves.id", ondelete="CASCADE"))


def get_db() -> Iterator[Session]:
    with SessionLocal() as db:
        yield db
"""
MAIN = """
from fastapi import Depends, FastAPI
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.database import Book, Shelf, get_db

app = FastAPI()


@app.get("/books")
def books(db: Session = Depends(get_db)) -> list[int]:
    return list(db.scalars(select(Book.id).order_by(Book.id)))


@app.delete("/shelves/{shelf_id}")
def clear(shelf_id: int, db: Session = Depends(get_db)) -> None:
    db.execute(delete(Shelf).where(Shelf.id == shelf_id))
    db.commit()
"""
ENGINE = """
import os
from collections.abc import Iterator

import pytest
from app.database import Base, enforce_keys
from sqlalchemy import Engine, create_engine, text

DEFAULT_URL = "sqlite+pysqlite:///:memory:"


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    url = os.environ.get("SHELVES_DATABASE", DEFAULT_URL)
    made = create_engine(url, connect_args={"check_same_thread": False})
    if url.startswith("sqlite"):
        enforce_keys(made)
    else:
        with made.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
    Base.metadata.create_all(made)
    yield made
    made.dispose()
"""
SESSION = """
from collections.abc import Iterator

import pytest
from app.database import Book, Shelf, get_db
from app.main import app
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlalchemy.orm import Session


@pytest.fixture
def db(engine: Engine) -> Iterator[Session]:
    connection = engine.connect()
    transaction = connection.begin()
    session = Session(bind=connection)
    session.add(Shelf(id=1))
    session.flush()
    session.add_all([Book(id=1, shelf_id=1), Book(id=2, shelf_id=1)])
    session.commit()
    yield session
    session.close()
    transaction.rollback()
    connection.close()


def client_of(db: Session) -> TestClient:
    def override_get_db() -> Iterator[Session]:
        yield db

    app.dependency_overrides[get_db] = override_get_db
    return TestClient(app)


@pytest.fixture
def client(db: Session) -> Iterator[TestClient]:
    yield client_of(db)
    app.dependency_overrides.clear()
"""
CHECKS = """
import pytest
from app.database import Book
from app.main import app
from fastapi.testclient import TestClient
from sqlalchemy import Engine, event


def test_keys_are_enforced(client, db):
    assert client.delete("/shelves/1").status_code == 200
    assert client.get("/books").json() == []
    assert db.query(Book).count() == 0


@pytest.mark.parametrize("of", ["session", "engine", "all engines"])
def test_statements_are_heard_once(client, db, engine, of):
    heard = []

    def hear(connection, cursor, statement, *rest):
        heard.append(statement)

    target = {"session": db.get_bind(), "engine": engine, "all engines": Engine}[of]
    event.listen(target, "before_cursor_execute", hear)
    try:
        assert client.get("/books").json() == [1, 2]
    finally:
        event.remove(target, "before_cursor_execute", hear)
    assert len([statement for statement in heard if "FROM books" in statement]) == 1
"""
FILES = {
    "app/__init__.py": "", "app/database.py": DATABASE, "app/main.py": MAIN, "tests/__init__.py": "",
    "tests/conftest.py": ENGINE, "tests/api/__init__.py": "", "tests/api/conftest.py": SESSION,
    "tests/api/test_items.py": CHECKS,
}  # fmt: skip


def test_listeners_hear_the_async_engine(tmp_path: Path) -> None:
    write(tmp_path, FILES)
    before = run_tests(tmp_path)
    assert len(before) == 4 and all(line.endswith(" PASSED") for line in before)
    result = convert(tmp_path)
    assert {item.after for item in result.plan.routes} == {"async"}
    assert "tests/api/test_items.py" not in result.after
    assert 'DEFAULT_URL = f"sqlite:///{tempfile.mkdtemp()}/test.db"' in (tmp_path / "tests/conftest.py").read_text()
    assert run_tests(tmp_path) == before


def test_annotated_overrides_that_share_the_helper_import_their_types(tmp_path: Path) -> None:
    other = SESSION.replace("client_of", "other_of")
    write(tmp_path, {**FILES, "tests/more/__init__.py": "", "tests/more/conftest.py": other,
                     "tests/more/test_items.py": CHECKS})  # fmt: skip
    before = run_tests(tmp_path)
    convert(tmp_path)
    assert (tmp_path / "tests/async_sessions.py").is_file()
    text = (tmp_path / "tests/more/conftest.py").read_text()
    assert "async def async_session_of" not in text and "-> AsyncGenerator[AsyncSession, None]:" in text
    assert run_tests(tmp_path) == before


def test_what_the_app_does_not_commit_is_there_for_the_test(tmp_path: Path) -> None:
    """The test shares its session with the app, and undoes all: it sees what the app only flushes or adds."""
    added = """

@app.post("/books/{book_id}")
def add(book_id: int, fails: bool = False, db: Session = Depends(get_db)) -> None:
    db.add(Book(id=book_id, shelf_id=1))
    if fails:
        raise HTTPException(409)
"""
    checks = """
from app.database import Book


def test_added(client, db):
    first = db.get(Book, 1)
    assert client.post("/books/7").status_code == 200
    assert client.post("/books/8?fails=1").status_code == 409
    assert [book.id for book in db.query(Book).order_by(Book.id)] == [1, 2, 7, 8]
    assert client.get("/books").json() == [1, 2, 7, 8]
    assert first.shelf_id == 1


def test_undone(client):
    assert client.get("/books").json() == [1, 2]
"""
    main = MAIN.replace("import Depends, FastAPI", "import Depends, FastAPI, HTTPException") + added
    write(tmp_path, {**FILES, "app/main.py": main, "tests/api/test_items.py": checks})
    before = run_tests(tmp_path)
    assert len(before) == 2 and all(line.endswith(" PASSED") for line in before)
    result = convert(tmp_path)
    assert {item.after for item in result.plan.routes} == {"async"}
    assert "async_session_of(db, keeps=True)" in (tmp_path / "tests/api/conftest.py").read_text()
    assert run_tests(tmp_path) == before
