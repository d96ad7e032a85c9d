"""Tests that override a dependency which commits by one which does not: the session that they share keeps the work."""

from __future__ import annotations

from pathlib import Path

from ..pipeline_tools import app, write_service  # noqa: TID252
from .test_tests_overrides import convert, run_tests

DATABASE = """
from collections.abc import Generator

from sqlalchemy import create_engine
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker


class Base(DeclarativeBase):
    pass


engine = create_engine("sqlite:///app.db")
Local = sessionmaker(bind=engine)


def get_db() -> Generator[Session]:
    with Local.begin() as session:
        yield session
"""
MAIN = """
@app.put("/items/{name}")
def put(name: str, price: int, db: Session = Depends(get_db)):
    if db.query(Item).filter(Item.name == name).first() is None:
        db.add(Item(name=name, price=0))
        db.flush()
    db.execute(update(Item).where(Item.name == name).values(price=price))
    return name


@app.get("/items/{name}")
def get(name: str, db: Session = Depends(get_db)):
    return db.query(Item).filter(Item.name == name).one().price
"""
TESTS = """
from collections.abc import Generator

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from app.database import Local, get_db
from app.main import app
from app.models import Base, Item


@pytest.fixture
def session() -> Generator[Session]:
    own = Local()
    Base.metadata.drop_all(own.get_bind())
    Base.metadata.create_all(own.get_bind())
    yield own
    own.rollback()
    own.close()


@pytest.fixture
def client(session: Session) -> TestClient:
    def override() -> Generator[Session]:
        yield session

    app.dependency_overrides[get_db] = override
    return TestClient(app)


def test_requests_see_each_other(client: TestClient, session: Session):
    assert client.put("/items/a?price=1").status_code == 200
    assert client.put("/items/a?price=2").status_code == 200
    assert client.get("/items/a").json() == 2
    assert session.query(Item).one().price == 2


def test_another(client: TestClient):
    assert client.put("/items/a?price=3").status_code == 200
    assert client.get("/items/a").json() == 3
"""


def test_what_nothing_commits_is_kept(tmp_path: Path) -> None:
    main = app(MAIN, "from sqlalchemy import update")["app/main.py"].replace(
        "import SessionLocal, get_db", "import get_db"
    )
    files = {"app/main.py": main, "app/database.py": DATABASE, "tests/test_items.py": TESTS}
    root = write_service(tmp_path, files)
    before = run_tests(root)
    result = convert(root)
    assert {item.outcome for item in result.plan.routes} == {"native"}
    assert "keeps=True" in (root / "tests/test_items.py").read_text()
    assert len(before) == 2 and all(line.endswith("PASSED") for line in before) and run_tests(root) == before


ONCE = """
@pytest.fixture(scope="session", autouse=True)
def tables() -> Generator[None]:
    Base.metadata.create_all(engine)
    yield
    Base.metadata.drop_all(engine)


@pytest.fixture
def session() -> Generator[Session]:
    own = Local()
    yield own
    own.rollback()
    own.close()
"""
COUNTED = """

def test_nothing_is_left(client: TestClient, session: Session):
    assert session.query(Item).count() == 0
    assert client.put("/items/b?price=1").status_code == 200
    assert session.query(Item).count() == 1
"""


def test_what_a_rollback_undoes_is_not_committed(tmp_path: Path) -> None:
    main = app(MAIN, "from sqlalchemy import update")["app/main.py"].replace(
        "import SessionLocal, get_db", "import get_db"
    )
    start, end = TESTS.index("@pytest.fixture\ndef session"), TESTS.index("@pytest.fixture\ndef client")
    tests = TESTS[:start] + ONCE + "\n\n" + TESTS[end:] + COUNTED
    tests = tests.replace("import Local, get_db", "import Local, engine, get_db")
    files = {"app/main.py": main, "app/database.py": DATABASE, "tests/test_items.py": tests}
    root = write_service(tmp_path, files)
    before = run_tests(root)
    result = convert(root)
    assert {reason.rule for item in result.plan.routes for reason in item.reasons} == {"test-transaction"}
    assert len(before) == 3 and all(line.endswith("PASSED") for line in before) and run_tests(root) == before
