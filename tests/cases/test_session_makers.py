"""Engines, factories and sessions that functions and classes make: each gets an async twin that makes the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..pipeline_tools import answers, app, converted, outcomes, route, rules, write_service  # noqa: TID252

CACHED = """
from collections.abc import Iterator
from functools import lru_cache

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.orm import Session, sessionmaker

from app.config import settings


def watch(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def connected(connection, record):
        settings.connected += 1


@lru_cache(maxsize=1)
def get_engine() -> Engine:
    options: dict[str, object] = {}
    if settings.url.startswith("sqlite"):
        options["check_same_thread"] = False
    engine = create_engine(settings.url, connect_args=options, future=True)
    watch(engine)
    return engine


@lru_cache(maxsize=1)
def get_sessionmaker() -> sessionmaker[Session]:
    return sessionmaker(bind=get_engine(), autoflush=False)


def cached() -> Iterator[Session]:
    session = get_sessionmaker()()
    try:
        yield session
    finally:
        session.close()
"""
LAZY = """
from contextlib import contextmanager

from sqlalchemy import create_engine
from sqlalchemy.orm import Session, sessionmaker

from app.config import settings

engine = None
SessionLocal = None
_kept = None


def init_db(url):
    global engine, SessionLocal
    engine = create_engine(url)
    SessionLocal = sessionmaker(bind=engine)


def lazy():
    if SessionLocal is None:
        raise RuntimeError("not ready")
    db = SessionLocal()
    try:
        yield db
    finally:
        db.close()


def keep_engine():
    global _kept
    if _kept is None:
        _kept = create_engine(settings.url, pool_pre_ping=True)
    return _kept


def new_session():
    return Session(keep_engine())


@contextmanager
def scope():
    db = new_session()
    try:
        yield db
        db.commit()
    except Exception:
        db.rollback()
        raise
    finally:
        db.close()
"""
REGISTRY = """
from contextlib import contextmanager
from typing import Iterator

from sqlalchemy import create_engine
from sqlalchemy.orm import Session, scoped_session, sessionmaker

URL = "sqlite:///./app.db"
bare = create_engine(URL)
Bare = sessionmaker()
Bare.configure(bind=bare)
registry = scoped_session(sessionmaker(autocommit=False, bind=bare))


def registered():
    db = registry()
    try:
        yield db
    finally:
        registry.remove()


class Database:
    def __init__(self, url: str) -> None:
        self._engine = create_engine(url, echo=False)
        self._factory = sessionmaker(bind=self._engine)

    @contextmanager
    def session(self) -> Iterator[Session]:
        session = self._factory()
        try:
            yield session
        finally:
            session.close()


database = Database(URL)
"""
ROUTES = """
init_db("sqlite:///./app.db")


@app.post("/cached/{name}")
def in_cached(name: str, db: Session = Depends(cached)):
    db.add(Item(name=name))
    db.commit()
    return {"n": db.query(Item).count(), "connected": settings.connected}


@app.get("/lazy")
def in_lazy(db = Depends(lazy)):
    return {"n": db.query(Item).count()}


@app.post("/scope/{name}")
def in_scope(name: str):
    with scope() as db:
        db.add(Item(name=name))
    with new_session() as other:
        return {"n": other.query(Item).count()}


@app.get("/registered")
def in_registered(db: Session = Depends(registered)):
    return [item.name for item in db.query(Item).order_by(Item.id).all()]


@app.get("/bare")
def in_bare():
    with Bare() as db:
        return {"n": db.query(Item).count()}


@app.post("/begin/{name}")
def in_begin(name: str):
    with Bare.begin() as db:
        db.add(Item(name=name))
    with database.session() as db:
        return [item.name for item in db.query(Item).order_by(Item.id).all()]


@app.post("/connected")
def connected():
    with bare.begin() as connection:
        connection.execute(text("update items set price = price + 1"))
    with bare.connect() as connection:
        return {"sum": connection.execute(text("select sum(price) from items")).scalar()}


@app.post("/taken/{name}")
def taken(name: str):
    db = next(registered())
    try:
        db.add(Item(name=name))
        db.commit()
        return {"n": db.query(Item).count()}
    finally:
        db.close()
"""
IMPORTS = """
from sqlalchemy import text
from app.cached import cached
from app.config import settings
from app.lazy import init_db, lazy, new_session, scope
from app.registry import Bare, bare, database, registered
"""
SERVICE = {
    **app(ROUTES, IMPORTS),
    "app/config.py": 'class Settings:\n    url = "sqlite:///./app.db"\n    connected = 0\n\n\nsettings = Settings()\n',
    "app/cached.py": CACHED, "app/lazy.py": LAZY, "app/registry.py": REGISTRY,
}  # fmt: skip
REQUESTS = [
    ("POST", "/cached/a", None), ("POST", "/cached/b", None), ("GET", "/lazy", None), ("POST", "/scope/c", None),
    ("POST", "/scope/c", None), ("GET", "/registered", None), ("GET", "/bare", None), ("POST", "/begin/d", None),
    ("GET", "/registered", None), ("POST", "/begin/d", None), ("POST", "/connected", None), ("POST", "/taken/e", None),
]  # fmt: skip


def test_every_maker_gets_its_twin(tmp_path: Path) -> None:
    root = write_service(tmp_path, SERVICE)
    before = answers(root, REQUESTS)
    assert [status for status, _ in before["answers"]] == [200, 200, 200, 200, 500, 200, 200, 200, 200, 500, 200, 200]
    result = converted(root)
    assert set(outcomes(result).values()) == {"native"}
    assert answers(root, REQUESTS) == before
    cached, lazy, registry = ((root / f"app/{name}.py").read_text() for name in ("cached", "lazy", "registry"))
    assert "def get_async_engine() -> AsyncEngine:" in cached and "watch(engine.sync_engine)" in cached
    assert "def get_engine" not in cached and "async_sessionmaker[AsyncSession]" in cached
    assert "    global async_engine, AsyncSessionLocal\n" in lazy and "    global _async_kept\n" in lazy
    assert "AsyncSessionLocal = async_sessionmaker(bind=async_engine" in lazy
    assert "@asynccontextmanager\nasync def async_scope():" in lazy
    assert not converted(root).after
    assert "AsyncBare.configure(bind=async_bare)" in registry and "await db.close()" in registry
    assert "self._async_engine = create_async_engine(\n            self._engine.url.set(" in registry


COUNTED = """
@app.post("/cached/{name}")
def in_cached(name: str, db: Session = Depends(cached)):
    db.add(Item(name=name))
    db.commit()
    return db.query(Item).count()


@app.get("/counted")
def counted(db: Session = Depends(cached)):
    return db.query(Item).count()
"""


def test_a_step_goes_on_from_the_twins_of_the_step_before(tmp_path: Path) -> None:
    files = {**SERVICE, **app(COUNTED, "from app.cached import cached\n")}
    root = write_service(tmp_path, files)
    requests = [("POST", "/cached/a", None), ("GET", "/counted", None)]
    before = answers(root, requests)
    first = outcomes(converted(root, routes=("GET /counted",)))
    assert first == {"POST /cached/{name}": "left", "GET /counted": "native"}
    assert answers(root, requests) == before
    assert outcomes(converted(root)) == {"POST /cached/{name}": "native", "GET /counted": "unchanged"}
    assert answers(root, requests) == before
    assert not converted(root).after


LEFT = """
def read(connection):
    return connection.execute(text("select 1")).scalar()


@app.get("/passed")
def passed():
    with engine.connect() as connection:
        return read(connection)


@app.get("/open")
def leaking():
    db = SessionLocal()
    return {"n": db.query(Item).count()}


def session_of():
    return SessionLocal()


@app.get("/returned")
def returned(db: Session = Depends(session_of)):
    return {"n": db.query(Item).count()}


@app.get("/dropped")
def dropped():
    db = next(get_db())
    return {"n": db.query(Item).count()}
"""


def test_what_would_leak_or_is_passed_on_stays(tmp_path: Path) -> None:
    root = write_service(tmp_path, app(LEFT, "from sqlalchemy import text\n\nfrom app.database import engine\n"))
    before = (root / "app/main.py").read_text()
    result = converted(root)
    assert set(outcomes(result).values()) == {"left"}
    leaking = [rules(route(result, "GET", f"/{name}")) for name in ("open", "dropped", "returned")]
    assert all("session-leak" in found for found in leaking)
    assert (root / "app/main.py").read_text() == before


JOINING = """
@contextmanager
def joined(db: Session | None = None):
    if db is not None:
        yield db
    else:
        with SessionLocal() as own:
            yield own


def number(db: Session | None = None) -> int:
    own = db or SessionLocal()
    try:
        return own.query(Item).count()
    finally:
        if db is None:
            own.close()


@app.post("/items/{name}")
def add(name: str, db: Session = Depends(get_db)):
    with joined(db) as session:
        session.add(Item(name=name))
    inside = number(db)
    db.commit()
    with joined() as session:
        return [inside, number(), session.query(Item).count()]
"""


def test_a_function_that_joins_a_session_or_opens_one(tmp_path: Path) -> None:
    root = write_service(tmp_path, app(JOINING, "from contextlib import contextmanager\n"))
    requests = [("POST", "/items/a", None), ("POST", "/items/b", None), ("POST", "/items/b", None)]
    before = answers(root, requests)
    result = converted(root)
    assert outcomes(result) == {"POST /items/{name}": "native"}
    assert answers(root, requests) == before
    text = (root / "app/main.py").read_text()
    assert "async def async_joined(db: AsyncSession | None = None):" in text and "def joined(" not in text
    assert "own = db or AsyncSessionLocal()" in text


MEMORIES = {
    "written": ("", '"sqlite:///:memory:"'),
    "by names": ('DEMO = "sqlite://"\nif True:\n    url = DEMO\nelse:\n    url = "mysql://a/b"\n', "url"),
    "a default": ("import os\n", 'os.getenv("NOT_SET_ANYWHERE", "sqlite:///:memory:")'),
    "a setting": ('class Settings:\n    url: str = "sqlite://"\n\n\nsettings = Settings()\n', "settings.url"),
}


@pytest.mark.parametrize("form", MEMORIES)
def test_a_database_in_memory_keeps_its_engine(tmp_path: Path, form: str) -> None:
    body = '@app.get("/n")\ndef number(db: Session = Depends(get_db)):\n    return db.query(Item).count()\n'
    root = write_service(tmp_path, app(body))
    text = (root / "app/database.py").read_text()
    lead, url = MEMORIES[form]
    (root / "app/database.py").write_text(
        text.replace('"sqlite:///./app.db"', url).replace("engine =", f"{lead}engine =", 1)
    )
    result = converted(root)
    assert outcomes(result) == {"GET /n": "left"} and not result.after
    assert "memory-database" in rules(route(result, "GET", "/n"))
