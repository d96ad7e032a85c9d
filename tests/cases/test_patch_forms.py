"""Patches in all their forms over what becomes async: the same tests pass before and after."""

from __future__ import annotations

from pathlib import Path

from ..pipeline_tools import app, converted, outcomes, write_service  # noqa: TID252
from .ladder_service import BODY, CRUD, MOVED, passes

IMPORTS = "from app import crud\nfrom app.crud import Service"
SERVICE = {"app/crud.py": CRUD, **app(BODY.replace("crud.Service(db)", "Service(db)"), IMPORTS)}
TESTS = """
import unittest
from unittest.mock import MagicMock, patch

import pytest
from fastapi.testclient import TestClient

from app import crud, main
from app.main import app

client = TestClient(app)


def test_started():
    patcher = patch("app.crud.names")
    names = patcher.start()
    names.return_value = ["p"]
    assert client.get("/names").json() == ["p"]
    names.assert_called_once()
    patcher.stop()


class TestStarted(unittest.TestCase):
    def setUp(self):
        self.patcher = patch("app.crud.names", return_value=["q"])
        self.names = self.patcher.start()
        self.addCleanup(self.patcher.stop)

    def test_a(self):
        self.assertEqual(client.get("/names").json(), ["q"])
        self.names.assert_called_once()


@patch.object(crud.Service, "count")
def test_method(count):
    count.return_value = 5
    assert client.get("/count").json() == {"count": 5}
    count.assert_called_once_with()


def test_class_of_module():
    with patch("app.main.Service") as cls:
        cls.return_value.count.return_value = 6
        assert client.get("/count").json() == {"count": 6}
        cls.return_value.count.assert_called_once_with()


@patch("app.crud.names", return_value=["d"])
class TestDecorated:
    def test_d(self, names):
        assert client.get("/names").json() == ["d"]
        names.assert_called_once()


def test_multiple():
    with patch.multiple("app.crud", names=MagicMock(return_value=["m"]), add=MagicMock(return_value=MagicMock(id=3))):
        assert client.get("/names").json() == ["m"]
        assert client.post("/names/x").json() == {"id": 3}


def test_lambda(monkeypatch):
    monkeypatch.setattr(crud, "names", lambda db: ["l"])
    assert client.get("/names").json() == ["l"]


def test_def(monkeypatch):
    def fake(db):
        return ["f"]

    monkeypatch.setattr("app.crud.names", fake)
    assert client.get("/names").json() == ["f"]
"""
BOUND = """

def test_bound(monkeypatch):
    monkeypatch.setattr(main.Service, "count", lambda self: len(type(self).__name__))
    assert client.get("/count").json() == {"count": 7}


def test_bound_function():
    def fake(self):
        return type(self).__name__

    with patch("app.main.Service.count", fake):
        assert client.get("/count").json() == {"count": "Service"}
"""


def test_patches_follow(tmp_path: Path) -> None:
    root = write_service(tmp_path, {**SERVICE, "tests/test_a.py": TESTS})
    passes(root, 8)
    assert outcomes(converted(root)) == MOVED
    text = (root / "tests/test_a.py").read_text()
    assert 'patch("app.main.Service", new_callable=async_mock_of(Service))' in text
    assert text.count("assert") == TESTS.count("assert")
    passes(root, 8)


def test_a_function_in_the_place_of_a_method_is_given_its_object(tmp_path: Path) -> None:
    root = write_service(tmp_path, {**SERVICE, "tests/test_a.py": TESTS[: TESTS.index("def test_started")] + BOUND})
    passes(root, 2)
    assert outcomes(converted(root)) == MOVED
    assert "awaited_method(lambda self: len(type(self).__name__))" in (root / "tests/test_a.py").read_text()
    passes(root, 2)


#: It goes on with the sync function: its module has no twin that a patch could name.
JOBS = """
from app import crud
from app.crud import names
from app.database import SessionLocal


def run():
    with SessionLocal() as db:
        return names(db)


if __name__ == "__main__":
    run()
"""
STAYS = """
from unittest.mock import patch

from fastapi.testclient import TestClient

from app import jobs
from app.main import app


def test_job():
    with patch("app.jobs.names") as names:
        names.return_value = ["j"]
        assert jobs.run() == ["j"]


@patch("app.crud.names", return_value=["c"])
class TestClass:
    def test_both(self, names):
        assert jobs.crud.names(None) == ["c"]
        assert TestClient(app).get("/names").json() == ["c"]


@patch("app.jobs.names", return_value=["k"])
def test_other(names):
    assert jobs.run() == ["k"]
    assert TestClient(app).get("/names").json() == []
"""


def test_a_patch_where_only_sync_code_reads_the_name_stays(tmp_path: Path) -> None:
    crud = CRUD.replace("    return list(", "    time.sleep(0)\n    return list(").replace("\n", "\nimport time\n", 1)
    root = write_service(tmp_path, {**SERVICE, "app/crud.py": crud, "app/jobs.py": JOBS, "tests/test_a.py": STAYS})
    passes(root, 3)
    assert outcomes(converted(root)) == MOVED
    assert "async def names_async(" in (root / "app/crud.py").read_text()
    beside = '@patch("app.crud.names_async", awaited("app.crud.names"))\n'
    text = (root / "tests/test_a.py").read_text().replace("from async_mocks import awaited\n", "")
    assert text.replace(beside, "") == STAYS.lstrip() and text.count(beside) == 1
    passes(root, 3)
