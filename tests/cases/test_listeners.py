"""Event listeners of an engine or a factory hear its async twin too; one that waits keeps the routes as they are."""

from __future__ import annotations

from pathlib import Path

import pytest
from awaitify.config import Settings
from awaitify.pipeline import plan_project

from ..pipeline_tools import DATABASE, answers, converted, outcomes, route, rules, write_service  # noqa: TID252

DECORATED = """

@event.listens_for(engine, "connect")
def pragma(connection, record):
    connection.cursor().execute("PRAGMA foreign_keys = ON")
"""
CALLED = """

def pragma(connection, record):
    connection.cursor().execute("PRAGMA foreign_keys = ON")


event.listen(engine, "connect", pragma)
"""
MAIN = """
from fastapi import Depends, FastAPI
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.database import get_db

app = FastAPI()


@app.get("/keys")
def keys(db: Session = Depends(get_db)) -> int:
    return db.execute(text("PRAGMA foreign_keys")).scalar_one()
"""


def _service(root: Path, listener: str) -> Path:
    database = DATABASE.replace("import create_engine", "import create_engine, event") + listener
    return write_service(root, {"app/database.py": database, "app/main.py": MAIN}, basic=False)


@pytest.mark.parametrize("listener", [pytest.param(DECORATED, id="decorator"), pytest.param(CALLED, id="call")])
def test_a_listener_of_the_engine_follows(tmp_path: Path, listener: str) -> None:
    root = _service(tmp_path, listener)
    before = answers(root, [("GET", "/keys", None)])
    result = converted(root)
    assert route(result, "GET", "/keys").after == "async"
    assert before["answers"] == [[200, 1]]
    assert answers(root, [("GET", "/keys", None)]) == before
    assert plan_project(root, Settings()).after == {}


HEARD = """
from fastapi import Depends, FastAPI
from sqlalchemy import String, create_engine, event
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker, with_loader_criteria

engine = create_engine("sqlite:///app.db", connect_args={"check_same_thread": False})
SessionLocal = sessionmaker(engine, autoflush=False)


class Base(DeclarativeBase):
    pass


class Thing(Base):
    __tablename__ = "things"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(20))


class Log(Base):
    __tablename__ = "logs"
    id: Mapped[int] = mapped_column(primary_key=True)
    what: Mapped[str] = mapped_column(String(40))


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)


@event.listens_for(SessionLocal, "before_flush")
def note(session, context, instances):
    for item in session.new:
        if isinstance(item, Thing):
            session.add(Log(what=f"{item.name} after {session.query(Log).count()}"))


@event.listens_for(Thing, "after_insert")
def direct(mapper, connection, target):
    connection.execute(Log.__table__.insert().values(what=f"inserted {target.name}"))


@event.listens_for(SessionLocal, "do_orm_execute")
def hide(state):
    if state.is_select and not state.execution_options.get("all"):
        state.statement = state.statement.options(with_loader_criteria(Thing, Thing.name != "hidden"))


app = FastAPI()
Base.metadata.create_all(engine)


def get_db():
    db = SessionLocal()
    try:
        yield db
    finally:
        db.close()


@app.post("/things")
def make(name: str, db: Session = Depends(get_db)) -> int:
    thing = Thing(name=name)
    db.add(thing)
    db.commit()
    return thing.id


@app.post("/block")
def block(db: Session = Depends(get_db)) -> int:
    with db.begin():
        db.add(Thing(name="block"))
    return 1


@app.get("/things")
def things(every: bool = False, db: Session = Depends(get_db)) -> list[str]:
    query = db.query(Thing).order_by(Thing.id)
    if every:
        query = query.execution_options(all=True)
    return [thing.name for thing in query]


@app.get("/logs")
def logs(db: Session = Depends(get_db)) -> list[str]:
    return [log.what for log in db.query(Log).order_by(Log.id)]
"""
#: Sessions of their own over the connection that they are given: it waits for them.
BESIDE = """

@event.listens_for(Thing, "after_insert")
def counted(mapper, connection, target):
    beside = Session(bind=connection)
    beside.add(Log(what=f"one of {beside.query(Thing).count()}"))
    beside.commit()


@event.listens_for(Session, "after_flush")
def flushed(session: Session, context):
    if not any(isinstance(item, Thing) for item in session.new):
        return
    beside = Session(bind=session.connection())
    beside.add(Log(what=f"flushed {beside.query(Thing).count()}"))
    beside.commit()
"""
#: It waits for a file, on the loop if the commit were awaited there.
SLOW = """

@event.listens_for(Order, "after_insert")
def written(mapper, connection, target):
    with open("orders.log", "a") as log:
        log.write("one more")
"""
#: It waits as tables are made: as the service starts, never in a request.
MAKES = """

@event.listens_for(Base.metadata, "after_create")
def noted(target, connection, **options):
    with open("tables.log", "a") as log:
        log.write("made")
"""
REQUESTS = [
    ("POST", "/things?name=a", None), ("POST", "/things?name=hidden", None), ("GET", "/things", None),
    ("GET", "/things?every=true", None), ("GET", "/logs", None),
]  # fmt: skip


def test_the_async_factory_makes_sessions_of_the_class_that_is_listened_to(tmp_path: Path) -> None:
    root = write_service(tmp_path, {"app/main.py": HEARD}, basic=False)
    before = answers(root, REQUESTS)
    result = converted(root)
    assert "sync_session_class=SessionLocal.class_" in result.after["app/main.py"].decode()
    assert set(outcomes(result).values()) == {"native"}
    assert answers(root, REQUESTS) == before
    assert before["answers"][2:4] == [[200, ["a"]], [200, ["a", "hidden"]]]
    assert converted(root).after == {}


def test_what_a_commit_runs_must_not_wait_for_anything_else(tmp_path: Path) -> None:
    head, _, rest = HEARD.partition("app = FastAPI()")
    root = write_service(tmp_path, {"app/main.py": f"{head.rstrip()}{SLOW}\n\napp = FastAPI(){rest}"}, basic=False)
    result = converted(root)
    kept = {"POST /things": "left", "POST /block": "left", "GET /things": "native", "GET /logs": "native"}
    assert outcomes(result) == kept
    assert rules(route(result, "POST", "/things")) == {"implicit-call"}


def test_what_runs_as_tables_are_made_is_no_part_of_a_commit(tmp_path: Path) -> None:
    head, _, rest = HEARD.partition("app = FastAPI()")
    root = write_service(tmp_path, {"app/main.py": f"{head.rstrip()}{MAKES}\n\napp = FastAPI(){rest}"}, basic=False)
    before = answers(root, REQUESTS)
    assert set(outcomes(converted(root)).values()) == {"native"}
    assert answers(root, REQUESTS) == before


def test_what_a_commit_runs_may_use_the_connection_of_the_session(tmp_path: Path) -> None:
    head, _, rest = HEARD.partition("app = FastAPI()")
    root = write_service(tmp_path, {"app/main.py": f"{head.rstrip()}{BESIDE}\n\napp = FastAPI(){rest}"}, basic=False)
    before = answers(root, REQUESTS)
    assert {"one of 1", "flushed 1"} <= set(before["answers"][4][1])
    assert set(outcomes(converted(root)).values()) == {"native"}
    assert answers(root, REQUESTS) == before


def test_what_a_commit_runs_must_not_open_a_connection(tmp_path: Path) -> None:
    head, _, rest = HEARD.partition("app = FastAPI()")
    other = BESIDE.replace("Session(bind=connection)", "Session(bind=engine)")
    root = write_service(tmp_path, {"app/main.py": f"{head.rstrip()}{other}\n\napp = FastAPI(){rest}"}, basic=False)
    assert outcomes(converted(root))["POST /things"] == "left"


#: It formats what was executed: memory alone.
SHOWN = """
import sqlparse
from pygments import highlight
from pygments.formatters import TerminalFormatter
from pygments.lexers import SqlLexer


def shown(connection, cursor, statement, parameters, context, executemany):
    print(highlight(sqlparse.format(statement, reindent=True), SqlLexer(), TerminalFormatter()))


event.listen(engine, "after_cursor_execute", shown)
"""


def test_a_listener_may_format_what_was_executed(tmp_path: Path) -> None:
    root = _service(tmp_path, SHOWN)
    assert route(plan_project(root, Settings()), "GET", "/keys").after == "async"
