"""Tests that are async already, over a sync session: their fixtures keep it, and the app is given one beside it."""

from __future__ import annotations

from pathlib import Path

from ..pipeline_tools import converted, outcomes, write_service  # noqa: TID252
from .ladder_service import MOVED, SERVICE, passes

TESTS = """
import pytest
from httpx import ASGITransport, AsyncClient
from sqlalchemy import create_engine
from sqlalchemy.orm import sessionmaker
from sqlalchemy.pool import StaticPool

from app.database import Base, get_db
from app.main import app
from app.models import Item

engine = create_engine("sqlite://", connect_args={"check_same_thread": False}, poolclass=StaticPool)
TestingSession = sessionmaker(autocommit=False, autoflush=False, bind=engine)


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture(scope="function")
def db_session():
    Base.metadata.create_all(bind=engine)
    session = TestingSession()
    yield session
    session.close()
    Base.metadata.drop_all(bind=engine)


@pytest.fixture(scope="function")
async def client(db_session):
    async def override_get_db():
        try:
            yield db_session
        finally:
            db_session.close()

    app.dependency_overrides[get_db] = override_get_db
    async with AsyncClient(transport=ASGITransport(app=app), base_url="http://test") as c:
        yield c
    app.dependency_overrides.clear()


@pytest.mark.anyio
async def test_a(client, db_session):
    db_session.add(Item(name="a"))
    db_session.commit()
    assert (await client.get("/names")).json() == ["a"]
    await client.post("/names/b")
    assert (await client.get("/names")).json() == ["a", "b"]
    assert db_session.query(Item).count() == 2
"""


def test_an_async_fixture_whose_override_yields_a_sync_session(tmp_path: Path) -> None:
    root = write_service(tmp_path, {**SERVICE, "tests/test_a.py": TESTS})
    passes(root, 1)
    assert outcomes(converted(root)) == MOVED
    text = (root / "tests/test_a.py").read_text()
    assert "            async with async_session_of(db_session) as async_session:\n" in text
    assert "    db_session.commit()\n" in text and text.count("assert ") == TESTS.count("assert ")
    passes(root, 1)
