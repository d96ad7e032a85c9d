"""Tests that take an override out, put another in, and put the first back: for the twin of a provider as well."""

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
from app.models import Item

engine = create_engine("sqlite:///./test.db")
Session = sessionmaker(bind=engine)


@pytest.fixture(autouse=True)
def session():
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    with Session() as session:
        session.add(Item(id=1, name="cup", price=3))
        session.commit()
        app.dependency_overrides[get_db] = lambda: session
        yield session
    del app.dependency_overrides[get_db]


@pytest.fixture
def client():
    return TestClient(app)


@pytest.fixture
def elsewhere(tmp_path):
    other = create_engine(f"sqlite:///{tmp_path}/other.db")
    Base.metadata.create_all(other)
    before = app.dependency_overrides.pop(get_db, None)

    def other_db():
        with sessionmaker(bind=other)() as session:
            yield session

    app.dependency_overrides[get_db] = other_db
    yield
    app.dependency_overrides.pop(get_db, None)
    if before is not None:
        app.dependency_overrides[get_db] = before
"""
TESTS = """
import pytest

from app.database import get_db
from app.main import app


def names(client):
    return client.get("/items").json(), client.get("/kept").json()


def test_here(client):
    assert names(client) == (["cup"], ["cup"])


@pytest.fixture
def there(elsewhere, client):
    return names(client)


def test_there(there):
    assert there == ([], [])


@pytest.fixture
def back(session, client, request):
    request.getfixturevalue("elsewhere")
    yield


def test_here_again(client, request):
    mine = app.dependency_overrides[get_db]
    app.dependency_overrides.pop(get_db)
    assert get_db not in app.dependency_overrides
    app.dependency_overrides[get_db] = mine
    assert names(client) == (["cup"], ["cup"])
"""
BODY = """
@app.get("/items")
def items(db: Session = Depends(get_db)):
    return [item.name for item in db.query(Item).all()]


@app.get("/kept")
def kept(db: Session = Depends(get_db)):
    return [item.name for item in db.query(Item).all()]
"""


def _service(root: Path) -> Path:
    files: dict[str, str | bytes] = {**app(BODY), "tests/conftest.py": CONFTEST, "tests/test_items.py": TESTS}
    return write_service(root, files)


def test_each_key_keeps_its_own(tmp_path: Path) -> None:
    root = _service(tmp_path)
    before = run_tests(root)
    assert len(before) == 3 and all(line.endswith("PASSED") for line in before)
    result = converted(root, keep_sync=("app.main.kept",))
    assert outcomes(result) == {"GET /items": "native", "GET /kept": "left"}
    assert run_tests(root) == before
    text = (root / "tests/conftest.py").read_text()
    assert "async_before = app.dependency_overrides.pop(get_async_db, None)" in text
    assert "app.dependency_overrides[get_async_db] = async_before" in text


def test_the_last_step_leaves_what_one_step_makes(tmp_path: Path) -> None:
    once, twice = _service(tmp_path / "once"), _service(tmp_path / "twice")
    assert outcomes(converted(once)) == {"GET /items": "native", "GET /kept": "native"}
    converted(twice, keep_sync=("app.main.kept",))
    converted(twice)
    for name in ("tests/conftest.py", "tests/test_items.py", "app/main.py", "app/database.py"):
        assert (twice / name).read_text() == (once / name).read_text(), name
    assert "async_before" not in (twice / "tests/conftest.py").read_text()
    assert all(line.endswith("PASSED") for line in run_tests(twice))
