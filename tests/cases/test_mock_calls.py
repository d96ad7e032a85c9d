"""Tests that call services directly with a mock of a session: they become async, with the mock as it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..fresh import run_suite  # noqa: TID252
from ..pipeline_tools import app, converted, outcomes, write_service  # noqa: TID252

SERVICES = """
from sqlalchemy.orm import Session

from app.models import Item


class Names:
    def __init__(self, db: Session):
        self.db = db

    def all(self) -> list[str]:
        return [item.name for item in self.db.query(Item).order_by(Item.id).all()]

    def add(self, name: str) -> Item:
        item = Item(name=name)
        self.db.add(item)
        self.db.commit()
        return item


def count(db: Session, name: str) -> int:
    return db.query(Item).filter(Item.name == name).count()
"""
BODY = """
@app.get("/names")
def all_names(db: Session = Depends(get_db)):
    return Names(db).all()


@app.post("/names/{name}")
def add(name: str, db: Session = Depends(get_db)):
    return {"name": Names(db).add(name).name}


@app.get("/count/{name}")
def count_names(name: str, db: Session = Depends(get_db)):
    return count(db, name)
"""
IMPORTS = "from app.services import Names, count"
CHECKS = """
from unittest.mock import MagicMock

import pytest

from app.models import Item
from app.services import Names, count


@pytest.fixture
def mock_db():
    return MagicMock()


def test_method(mock_db):
    mock_db.query.return_value.order_by.return_value.all.return_value = [Item(name="a")]
    assert Names(mock_db).all() == ["a"]
    mock_db.query.assert_called_once_with(Item)


def test_error(mock_db):
    mock_db.commit.side_effect = ValueError("no")
    names = Names(mock_db)
    with pytest.raises(ValueError, match="no"):
        names.add("a")
    mock_db.add.assert_called_once()


class TestCount:
    def test_function(self):
        db = MagicMock()
        db.query().filter().count.return_value = 8
        db.reset_mock(return_value=False)
        assert count(db, name="x") == 8
        db.query.assert_called_once_with(Item)

    def test_keyword(self):
        db = MagicMock()
        db.query().filter().count.return_value = 2
        assert count(name="x", db=db) == 2
"""


def test_calls_with_a_mock_are_awaited(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"app/services.py": SERVICES, **app(BODY, IMPORTS), "tests/test_app.py": CHECKS}
    root = write_service(tmp_path, files)
    before = _run(root)
    assert len(before) == 4 and all(line.endswith("PASSED") for line in before)
    assert set(outcomes(converted(root)).values()) == {"native"}
    text = (root / "tests/test_app.py").read_text()
    assert "await Names(async_mock(mock_db)).all()" in text and "await count(name=" in text
    assert "async def all(" in (root / "app/services.py").read_text() and "_async" not in text
    assert _run(root) == before


TRACELESS = """

def page(db: Session) -> list[str]:
    return [item.name for item in db.query(Item)[0:2]]
"""
PAGE = """

@app.get("/page")
def read_page(db: Session = Depends(get_db)):
    return page(db)
"""


def test_what_cannot_be_asked_of_a_mock_keeps_its_test_and_gets_a_twin(tmp_path: Path) -> None:
    tests = """

def test_page(mock_db):
    mock_db.query.return_value.__getitem__.return_value = [Item(name="p")]
    assert page(mock_db) == ["p"]
"""
    checks = CHECKS.replace("import Names, count", "import Names, count, page") + tests
    services, main = SERVICES + TRACELESS, app(BODY + PAGE, IMPORTS + ", page")
    root = write_service(tmp_path, {"app/services.py": services, **main, "tests/test_app.py": checks})
    before = _run(root)
    assert len(before) == 5 and all(line.endswith("PASSED") for line in before)
    assert set(outcomes(converted(root)).values()) == {"native"}
    text = (root / "tests/test_app.py").read_text()
    assert "\ndef test_page(mock_db):" in text and "await Names(async_mock(mock_db)).all()" in text
    assert _run(root) == before


SHARED = """
from unittest.mock import MagicMock

import pytest
from fastapi.testclient import TestClient

from app.database import get_db
from app.main import app


@pytest.fixture
def client():
    db = MagicMock()
    db.query.return_value.filter.return_value.count.return_value = 5
    app.dependency_overrides[get_db] = lambda: db
    yield TestClient(app)
    app.dependency_overrides.clear()
"""
REQUESTED = """
def test_count(client):
    assert client.get("/count/a").json() == 5
"""


@pytest.mark.parametrize("folder", ["tests", "checks/tests"])
def test_copies_of_the_module_keep_apart(tmp_path: Path, folder: str) -> None:
    """One module does for a package of tests and a folder below it; two that pytest finds apart have one each."""
    files: dict[str, str | bytes] = {"app/services.py": SERVICES, **app(BODY, IMPORTS), "tests/__init__.py": ""}
    files |= {"tests/conftest.py": SHARED, "tests/test_app.py": REQUESTED, f"{folder}/unit/test_calls.py": CHECKS}
    root = write_service(tmp_path, files)
    before = _run(root, "tests", folder)
    assert len(before) == 5 and all(line.endswith("PASSED") for line in before)
    assert set(outcomes(converted(root)).values()) == {"native"}
    assert len(list(root.rglob("async_mocks.py"))) == (1 if folder == "tests" else 2)
    assert _run(root, "tests", folder) == before


def test_the_module_of_tests_that_mirror_the_app_is_found(tmp_path: Path) -> None:
    """`tests/app/sub` beside `app/sub`: `from app.sub import ...` is of the app, and the tests are a package."""
    packages = ("app/sub", "tests", "tests/app", "tests/app/sub")
    files: dict[str, str | bytes] = {f"{folder}/__init__.py": "" for folder in packages}
    files |= {"app/sub/services.py": SERVICES, **app(BODY, IMPORTS.replace("app.services", "app.sub.services"))}
    checks = CHECKS.replace("from app.services import", "from app.sub.services import")
    files |= {"tests/conftest.py": SHARED, "tests/app/test_app.py": REQUESTED, "tests/app/sub/test_calls.py": checks}
    files["app/sub/__init__.py"] = "from app.sub.services import count as count_items\n"
    files["tests/app/sub/test_names.py"] = (
        "from app.sub import count_items\n\n\ndef test_named():\n    assert callable(count_items)\n"
    )
    root = write_service(tmp_path, files)
    before = _run(root)
    assert len(before) == 6 and all(line.endswith("PASSED") for line in before)
    assert set(outcomes(converted(root)).values()) == {"native"}
    assert _run(root) == before


def _run(root: Path, *folders: str) -> list[str]:
    done = run_suite(root, "-v", "-W", "error::RuntimeWarning", *dict.fromkeys(folders or ("tests",)))
    return [line.partition(" [")[0].strip() for line in done.stdout.splitlines() if "::" in line and " [" in line]
