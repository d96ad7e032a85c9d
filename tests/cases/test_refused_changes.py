"""A route refuses what it has changed, in a session that a test shares with the app: nothing of it is saved."""

from __future__ import annotations

from pathlib import Path

from ..pipeline_tools import app, converted, outcomes, write_service  # noqa: TID252
from ..planning.test_tests_overrides import run_tests  # noqa: TID252

CONFTEST = """
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import create_engine
from sqlalchemy.orm import sessionmaker

from app.database import Base, get_db
from app.main import app

engine = create_engine("sqlite:///./test.db")
Session = sessionmaker(bind=engine, autoflush=False)


@pytest.fixture
def session():
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    connection = engine.connect()
    transaction = connection.begin()
    session = Session(bind=connection)
    yield session
    session.close()
    transaction.rollback()
    connection.close()


@pytest.fixture
def client(session):
    app.dependency_overrides[get_db] = lambda: session
    yield TestClient(app)
    app.dependency_overrides.clear()
"""
TESTS = """
from app.models import Item


def test_a_name_that_is_taken(client, session):
    session.add_all([Item(id=1, name="cup"), Item(id=2, name="jug")])
    session.commit()
    assert client.put("/items/2", params={"name": "cup"}).status_code == 409
    assert client.put("/items/2", params={"name": "mug"}).status_code == 200
    assert client.post("/items/3", params={"name": "pot"}).status_code == 200
    assert sorted(item.name for item in session.query(Item)) == ["cup", "mug", "pot"]
"""
ROUTE = """
@app.put("/items/{key}")
def rename(key: int, name: str, db: Session = Depends(get_db)):
    item = db.get(Item, key)
    item.name = name
    if db.query(Item).filter(Item.name == name, Item.id != key).first():
        raise HTTPException(409)
    db.commit()
    return {"name": item.name}


@app.post("/items/{key}")
def create(key: int, name: str, db: Session = Depends(get_db)):
    db.add(Item(id=key, name=name))
    db.flush()
    return {"id": key}
"""


def test_tests_pass_as_before(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        **app(ROUTE),
        "tests/__init__.py": "",
        "tests/conftest.py": CONFTEST,
        "tests/test_items.py": TESTS,
    }
    root = write_service(tmp_path, files)
    passed = ["tests/test_items.py::test_a_name_that_is_taken PASSED"]
    assert run_tests(root) == passed
    assert outcomes(converted(root))["PUT /items/{key}"] == "native"
    assert "keeps=True" in (root / "tests/conftest.py").read_text()
    assert run_tests(root) == passed
