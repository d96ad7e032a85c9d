"""Session classes of the project's own: the async session keeps them inside, or the routes stay."""

from __future__ import annotations

from pathlib import Path

from ..fresh import run_suite  # noqa: TID252
from ..pipeline_tools import answers, app, converted, outcomes, route, rules, write_service  # noqa: TID252

COUNTING = """
from sqlalchemy import create_engine
from sqlalchemy.orm import DeclarativeBase, Query, Session, sessionmaker

engine = create_engine("sqlite:///./app.db", connect_args={"check_same_thread": False})
committed = []


class Base(DeclarativeBase):
    pass


class CountingSession(Session):
    def commit(self) -> None:
        committed.extend(type(item).__name__ for item in self.new)
        super().commit()

    def latest(self, model):
        return self.query(model).order_by(model.id.desc()).first()


class Visible(Query):
    pass


SessionLocal = sessionmaker(bind=engine, class_=CountingSession)


def get_db():
    with SessionLocal() as db:
        yield db
"""
BODY = """
@app.post("/a")
def a(name: str, db: Session = Depends(get_db)):
    db.add(Item(name=name))
    db.commit()
    return {"committed": committed, "n": db.query(Item).count()}
"""


def test_the_session_class_is_kept_inside_the_async_session(tmp_path: Path) -> None:
    requests = [("POST", "/a?name=x", None), ("POST", "/a?name=y", None)]
    root = write_service(tmp_path, {"app/database.py": COUNTING, **app(BODY, "from app.database import committed")})
    before = answers(root, requests)
    result = converted(root)
    assert outcomes(result) == {"POST /a": "native"}
    assert answers(root, requests) == before
    assert before["answers"][1][1] == {"committed": ["Item", "Item"], "n": 2}
    assert "sync_session_class=CountingSession" in (root / "app/database.py").read_text()


def test_a_method_of_the_session_class_itself_is_not_followed(tmp_path: Path) -> None:
    body = """
@app.get("/a")
def a(db: CountingSession = Depends(get_db)):
    return {"id": db.latest(Item)}


@app.get("/b")
def b(db: CountingSession = Depends(get_db)):
    db.commit()
    return {"n": db.query(Item).count()}
"""
    files = {"app/database.py": COUNTING, **app(body, "from app.database import CountingSession")}
    root = write_service(tmp_path, files)
    result = converted(root)
    assert outcomes(result) == {"GET /a": "left", "GET /b": "left"}
    assert "async def commit" not in (root / "app/database.py").read_text()


def test_a_query_class_of_its_own_has_no_async_form(tmp_path: Path) -> None:
    factory = COUNTING.replace("class_=CountingSession", "query_cls=Visible")
    root = write_service(tmp_path, {"app/database.py": factory, **app(BODY, "from app.database import committed")})
    result = converted(root)
    assert outcomes(result) == {"POST /a": "left"}
    assert "session-factory" in rules(route(result, "POST", "/a"))


def test_the_sessions_of_sqlmodel_stay_those_of_sqlmodel(tmp_path: Path) -> None:
    files = {
        "app/models.py": """
        from sqlmodel import Field, Session, SQLModel, create_engine
        from sqlalchemy.orm import sessionmaker

        engine = create_engine("sqlite:///./app.db")

        class Hero(SQLModel, table=True):
            id: int | None = Field(default=None, primary_key=True)
            name: str

        class Loud(Session):
            def commit(self) -> None:
                for item in self.new:
                    item.name = item.name.upper()
                super().commit()

        factory = sessionmaker(engine, class_=Loud)

        def get_session():
            with factory() as session:
                yield session
        """,
        "app/main.py": """
        from fastapi import Depends, FastAPI
        from sqlmodel import Session, SQLModel, select

        from app.models import Hero, engine, get_session

        SQLModel.metadata.create_all(engine)
        app = FastAPI()

        @app.post("/heroes")
        def make(name: str, session: Session = Depends(get_session)):
            session.add(Hero(name=name))
            session.commit()
            return [hero.name for hero in session.exec(select(Hero)).all()]
        """,
    }
    requests = [("POST", "/heroes?name=x", None)]
    root = write_service(tmp_path, files, basic=False)
    before = answers(root, requests)
    result = converted(root)
    assert outcomes(result) == {"POST /heroes": "native"}
    assert answers(root, requests) == before
    assert before["answers"][0][1] == ["X"]


SHARING = """
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import create_engine
from sqlalchemy.orm import sessionmaker

from app.database import Base, CountingSession, committed, get_db
from app.main import app
from app.models import Item


@pytest.fixture
def session():
    engine = create_engine("sqlite:///./tests.db", connect_args={"check_same_thread": False})
    Base.metadata.create_all(engine)
    with sessionmaker(bind=engine, class_=CountingSession)() as session:
        yield session
    Base.metadata.drop_all(engine)


def test_a(session):
    app.dependency_overrides[get_db] = lambda: session
    committed.clear()
    assert TestClient(app).post("/a?name=x").json() == {"committed": ["Item"], "n": 1}
    assert [item.name for item in session.query(Item)] == ["x"]
"""


def _tested(root: Path) -> None:
    done = run_suite(root, "-q", "tests")
    assert "1 passed" in done.stdout, done.stdout[-3000:] + done.stderr[-2000:]


def test_tests_that_share_such_a_session_keep_its_class(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {**app(BODY, "from app.database import committed"), "tests/test_a.py": SHARING}
    database = COUNTING.replace("def commit(self)", "def flush(self, objects=None)").replace(
        ".commit()", ".flush(objects)"
    )
    root = write_service(tmp_path, {"app/database.py": database, **files})
    _tested(root)
    assert outcomes(converted(root)) == {"POST /a": "native"}
    assert "sync_session_class=type(session)" in (root / "tests/test_a.py").read_text()
    _tested(root)


def test_a_class_that_commits_in_its_own_way_keeps_them_sync(tmp_path: Path) -> None:
    """The tests' own session would run the project's code on the event loop."""
    files: dict[str, str | bytes] = {**app(BODY, "from app.database import committed"), "tests/test_a.py": SHARING}
    root = write_service(tmp_path, {"app/database.py": COUNTING, **files})
    _tested(root)
    result = converted(root)
    assert outcomes(result) == {"POST /a": "left"} and not result.after
    assert "test-session-class" in rules(route(result, "POST", "/a"))
