"""Tests that share a session with the app while it stands in the transaction of a block."""

from __future__ import annotations

from pathlib import Path

from ..pipeline_tools import BASIC, app, converted, outcomes, write_service  # noqa: TID252
from .ladder_service import passes

PROVIDER = BASIC["app/database.py"].replace(
    """    db = SessionLocal()
    try:
        yield db
    finally:
        db.close()
""",
    """    with SessionLocal.begin() as db:
        yield db
""",
)
BODY = """
@app.post("/names/{name}")
def add(name: str, db: Session = Depends(get_db)) -> int:
    db.add(Item(name=name))
    db.flush()
    return db.query(Item).count()


@app.get("/names")
def names(db: Session = Depends(get_db)) -> list[str]:
    return [item.name for item in db.query(Item).order_by(Item.id)]
"""
TESTS = """
import pytest
from fastapi.testclient import TestClient

from app.database import Base, SessionLocal, get_db
from app.main import app
from app.models import Item


@pytest.fixture
def db():
    with SessionLocal.begin() as session:
        engine = session.get_bind()
        Base.metadata.drop_all(bind=engine)
        Base.metadata.create_all(bind=engine)
        yield session
        session.rollback()


@pytest.fixture
def client(db):
    def shared():
        yield db

    app.dependency_overrides[get_db] = shared
    return TestClient(app)


def test_both_see_all_rows(db, client):
    db.add(Item(name="a"))
    db.flush()
    assert client.get("/names").json() == ["a"]
    assert client.post("/names/b").json() == 2
    assert [item.name for item in db.query(Item).order_by(Item.id)] == ["a", "b"]
    assert client.get("/names").json() == ["a", "b"]
"""
EXPECTED = {"POST /names/{name}": "native", "GET /names": "native"}


def test_one_that_is_undone_needs_no_transaction(tmp_path: Path) -> None:
    files = {"app/database.py": PROVIDER, "tests/test_a.py": TESTS, **app(BODY)}
    root = write_service(tmp_path / "service", files)
    passes(root, 1)
    assert outcomes(converted(root)) == EXPECTED
    assert "    with SessionLocal() as session:\n" in (root / "tests/test_a.py").read_text()
    passes(root, 1)


def test_one_that_is_committed_keeps_its_provider(tmp_path: Path) -> None:
    kept = TESTS.replace("        session.rollback()\n", "")
    root = write_service(tmp_path, {"app/database.py": PROVIDER, "tests/test_a.py": kept, **app(BODY)})
    result = converted(root)
    assert set(outcomes(result).values()) == {"left"}
    assert "stands in the transaction of a block" in str(result.plan.routes)
    assert not result.after
