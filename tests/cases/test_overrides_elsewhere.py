"""An override that stands in another module of the tests: its twin is imported where the key is set."""

from __future__ import annotations

from pathlib import Path

from ..fresh import run_suite  # noqa: TID252
from ..pipeline_tools import app, converted, outcomes, write_service  # noqa: TID252

MAIN = """
@app.get("/names")
def names(db: Session = Depends(get_db)):
    return [item.name for item in db.query(Item).all()]


@app.get("/kept")
def kept(db: Session = Depends(get_db)):
    return globals()["made_at_run_time"](db)
"""
DB = """
from sqlalchemy import create_engine
from sqlalchemy.orm import sessionmaker

from app.database import Base

engine = create_engine("sqlite:///./tests.db", connect_args={"check_same_thread": False})
TestingSession = sessionmaker(bind=engine)
Base.metadata.create_all(engine)


def get_test_db():
    db = TestingSession()
    try:
        yield db
    finally:
        db.close()
"""
CONFTEST = """
import pytest
from fastapi.testclient import TestClient

from app.database import get_db
from app.main import app
from db import get_test_db


@pytest.fixture
def client():
    return TestClient(app)


app.dependency_overrides[get_db] = get_test_db
"""
TEST = """
from app.models import Item
from db import TestingSession


def test_names(client):
    with TestingSession() as db:
        db.add(Item(name="a"))
        db.commit()
    assert client.get("/names").json() == ["a"]
"""


def test_the_twin_of_an_imported_override_is_imported(tmp_path: Path) -> None:
    files = {"tests/db.py": DB, "tests/conftest.py": CONFTEST, "tests/test_items.py": TEST}
    root = write_service(tmp_path, {**app(MAIN), **files})
    result = converted(root)
    assert outcomes(result) == {"GET /names": "native", "GET /kept": "left"}
    conftest = (root / "tests/conftest.py").read_text()
    assert "from db import get_async_test_db, get_test_db\n" in conftest
    assert "[get_async_db] = get_async_test_db\n" in conftest
    done = run_suite(root, "-q", "tests")
    assert "1 passed" in done.stdout, done.stdout[-3000:]
