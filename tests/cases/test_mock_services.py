"""Tests that put fakes in the place of objects whose methods become async: the same tests pass before and after."""

from __future__ import annotations

from pathlib import Path

from ..fresh import run_suite  # noqa: TID252
from ..pipeline_tools import app, converted, outcomes, route, rules, write_service  # noqa: TID252

SERVICES = """
from fastapi import Depends
from sqlalchemy.orm import Session

from app.database import get_db
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
        self.db.refresh(item)
        return item

    def upper(self, name: str) -> str:
        return name.upper()


class Counter:
    def __init__(self, db: Session = Depends(get_db)):
        self.db = db

    def count(self) -> int:
        return self.db.query(Item).count()


class Crud:
    def first(self, db: Session) -> str | None:
        item = db.query(Item).first()
        return item.name if item else None


crud = Crud()


def get_names(db: Session = Depends(get_db)) -> Names:
    return Names(db)
"""
BODY = """
@app.get("/names")
def all_names(names: Names = Depends(get_names)):
    return names.all()


@app.post("/names/{name}")
def add(name: str, names: Names = Depends(get_names)):
    return {"name": names.upper(names.add(name).name)}


@app.get("/count")
def count(counter: Counter = Depends(Counter)):
    return counter.count()


@app.get("/first")
def first(db: Session = Depends(get_db)):
    return crud.first(db)
"""
IMPORTS = "from app.services import Counter, Names, crud, get_names"
CHECKS = """
from unittest.mock import MagicMock, Mock, patch

import pytest
from fastapi.testclient import TestClient

from app.main import app
from app.models import Item
from app.services import Counter, Names, get_names

client = TestClient(app)


@pytest.fixture
def names():
    mock = MagicMock()
    app.dependency_overrides[get_names] = lambda: mock
    yield mock
    app.dependency_overrides.clear()


def test_mock(names):
    names.all.return_value = ["a"]
    assert client.get("/names").json() == ["a"]
    names.all.assert_called_once_with()


def test_what_it_gives_is_a_mock(names):
    names.upper.side_effect = lambda name: name
    names.add.return_value.name = "b"
    assert client.post("/names/b").json() == {"name": "b"}
    names.add.assert_called_once_with("b")


def test_error(names):
    names.all.side_effect = ValueError("no")
    with pytest.raises(ValueError, match="no"):
        client.get("/names")


def test_spec():
    mock = Mock(spec=Names)
    mock.add.return_value = Item(name="b")
    mock.upper.return_value = "B"
    app.dependency_overrides[get_names] = lambda: mock
    assert client.post("/names/b").json() == {"name": "B"}
    mock.add.assert_called_once_with("b")
    app.dependency_overrides.clear()


def test_class_as_a_key():
    counter = Mock(**{"count.return_value": 3})

    def override():
        yield counter

    app.dependency_overrides[Counter] = override
    assert client.get("/count").json() == 3
    app.dependency_overrides.clear()


class FakeNames:
    def all(self):
        return ["fake"]

    def add(self, name):
        return Item(name=name * 2)

    def upper(self, name):
        return name


def test_fake_class():
    app.dependency_overrides[get_names] = FakeNames
    assert client.get("/names").json() == ["fake"]
    assert client.post("/names/b").json() == {"name": "bb"}
    app.dependency_overrides.clear()


def test_patched_object():
    with patch("app.main.crud") as crud:
        crud.first.return_value = "x"
        assert client.get("/first").json() == "x"
        crud.first.assert_called_once()


def test_object_put_in_place(monkeypatch):
    fake = MagicMock()
    fake.first.return_value = "y"
    monkeypatch.setattr("app.main.crud", fake)
    assert client.get("/first").json() == "y"
    assert len(fake.first.call_args.args) == 1


@patch("app.main.crud.first", return_value="z")
def test_patched_method(first):
    assert client.get("/first").json() == "z"
    first.assert_called_once()


def test_specified():
    with patch("app.main.crud", autospec=True) as crud:
        crud.first.return_value = "s"
        assert client.get("/first").json() == "s"
"""
HELD = """
from unittest.mock import MagicMock, patch

from fastapi.testclient import TestClient

from app.main import app

client = TestClient(app)


def test_patched_class():
    with patch("app.services.Names") as cls:
        cls.return_value = MagicMock()
        cls.return_value.all.return_value = ["z"]
        assert client.get("/names").json() == ["z"]


def test_method_of_a_mock_is_set():
    with patch("app.main.crud") as crud:
        crud.first = MagicMock(return_value="x")
        assert client.get("/first").json() == "x"
"""


def test_fakes_of_objects_are_awaited(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"app/services.py": SERVICES, **app(BODY, IMPORTS), "tests/test_app.py": CHECKS}
    root = write_service(tmp_path, files)
    _check(root, 10)
    assert set(outcomes(converted(root)).values()) == {"native"}
    text = (root / "tests/test_app.py").read_text()
    assert "lambda: async_face(mock, Names)" in text and "yield async_face(counter, Counter)" in text
    assert 'patch("app.main.crud", new_callable=async_mock_of(Crud))' in text
    _check(root, 10)


SHARED = """
from unittest.mock import MagicMock, patch

from fastapi.testclient import TestClient

from app.database import get_db
from app.main import app
from app.services import Crud, get_crud

client = TestClient(app)
session = MagicMock()
app.dependency_overrides[get_db] = lambda: session


def test_both_overridden():
    mock = MagicMock(Crud)
    app.dependency_overrides[get_crud] = lambda: mock
    mock.first.side_effect = lambda db: str(db is session)
    mock.title.return_value = "t"
    assert client.get("/given").json() == ["True", "t"]
    mock.first.assert_called_once_with(session)
    mock.title.assert_called_once_with(name="n")


def test_patched_object():
    with patch("app.main.crud") as crud:
        crud.first.return_value = "x"
        assert client.get("/first").json() == "x"
        crud.first.assert_called_once_with(session)


def test_sessions_stay_apart():
    with patch("app.main.crud") as crud:
        crud.first.return_value = "x"
        client.get("/first")
        assert crud.first.call_args.args != (MagicMock(),)
        assert {crud.first.call_args.args[0]} == {session}
"""
GIVEN = """
@app.get("/given")
def given(db: Session = Depends(get_db), given: Crud = Depends(get_crud)):
    return [given.first(db), given.title(name="n")]


@app.get("/first")
def first(db: Session = Depends(get_db)):
    return crud.first(db)
"""
GIVEN_SERVICES = """
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Item


class Crud:
    def first(self, db: Session) -> str | None:
        return db.execute(select(Item.name)).scalars().first()

    def title(self, name: str) -> str:
        return name.title()


crud = Crud()


def get_crud() -> Crud:
    return crud
"""


def test_a_fake_gets_the_session_that_the_test_knows(tmp_path: Path) -> None:
    start = app(GIVEN, "from app.services import Crud, crud, get_crud")
    root = write_service(tmp_path, {"app/services.py": GIVEN_SERVICES, **start, "tests/test_app.py": SHARED})
    _check(root, 3)
    assert set(outcomes(converted(root)).values()) == {"native"}
    _check(root, 3)


def test_fakes_that_cannot_follow_keep_their_methods_sync(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"app/services.py": SERVICES, **app(BODY, IMPORTS), "tests/test_app.py": HELD}
    root = write_service(tmp_path, files)
    _check(root, 2)
    result = converted(root)
    found = outcomes(result)
    assert (found["GET /names"], found["POST /names/{name}"]) == ("left", "left") and found["GET /count"] == "native"
    assert "test-fake" in rules(route(result, "GET", "/names"))
    assert "def first(self, db: Session)" in (root / "app/services.py").read_text()
    _check(root, 2)


def _check(root: Path, count: int) -> None:
    (root / "app.db").unlink(missing_ok=True)
    done = run_suite(root, "-q", "tests")
    assert f"{count} passed" in done.stdout and "failed" not in done.stdout, done.stdout[-3000:] + done.stderr[-2000:]


PACKAGE = {
    "app/managers/__init__.py": "from .items import counted, manager\n",
    "app/managers/items.py": """
from sqlalchemy.orm import Session

from app.models import Item


class Manager:
    def first(self, db: Session) -> str | None:
        item = db.query(Item).first()
        return item.name if item else None


manager = Manager()


def counted(db: Session) -> int:
    return db.query(Item).count()
""",
    "tests/test_app.py": """
from unittest.mock import patch

from fastapi.testclient import TestClient

from app.main import app


def test_patched_object():
    with patch("app.main.manager") as manager:
        manager.first.return_value = "mocked"
        assert TestClient(app).get("/first").json() == "mocked"


def test_patched_function():
    with patch("app.main.counted", return_value=7):
        assert TestClient(app).get("/count").json() == 7
""",
}
PACKAGE_BODY = """
@app.get("/first")
def first(db: Session = Depends(get_db)):
    return manager.first(db)


@app.get("/count")
def count(db: Session = Depends(get_db)):
    return counted(db)
"""


def test_what_a_package_imports_in_turn_is_followed(tmp_path: Path) -> None:
    root = write_service(tmp_path, {**app(PACKAGE_BODY, "from app.managers import counted, manager"), **PACKAGE})
    _check(root, 2)
    assert outcomes(converted(root)) == {"GET /first": "native", "GET /count": "native"}
    _check(root, 2)
