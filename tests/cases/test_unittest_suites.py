"""Tests over unittest's classes: they move with their setUp as asynchronous cases, or stay with a reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..pipeline_tools import converted, outcomes, write_service  # noqa: TID252
from .ladder_service import MOVED, SERVICE, passes

REQUESTS = """
import unittest

from fastapi.testclient import TestClient
from sqlalchemy import create_engine
from sqlalchemy.orm import sessionmaker

from app.database import Base, get_db
from app.main import app
from app import crud

engine = create_engine("sqlite:///./requests.db", connect_args={"check_same_thread": False})
TestingSession = sessionmaker(bind=engine)


def override_get_db():
    db = TestingSession()
    try:
        yield db
    finally:
        db.close()


class TestRoutes(unittest.TestCase):
    def setUp(self):
        Base.metadata.create_all(bind=engine)
        app.dependency_overrides[get_db] = override_get_db
        self.client = TestClient(app)

    def tearDown(self):
        app.dependency_overrides.clear()
        Base.metadata.drop_all(bind=engine)

    def test_names(self):
        self.assertEqual(self.client.get("/names").json(), [])
        self.client.post("/names/a")
        self.assertEqual(self.client.get("/names").json(), ["a"])

    def test_404(self):
        self.assertEqual(self.client.put("/names/x/y").status_code, 404)
"""
DIRECT = """
import unittest

from sqlalchemy import create_engine
from sqlalchemy.orm import sessionmaker

from app.database import Base, get_db
from app.models import Item
from app import crud

engine = create_engine("sqlite:///./test.db", connect_args={"check_same_thread": False})
TestingSession = sessionmaker(bind=engine)


class TestCrud(unittest.TestCase):
    def setUp(self):
        Base.metadata.create_all(bind=engine)
        self.db = TestingSession()
        self.db.add(Item(name="first"))
        self.db.commit()

    def tearDown(self):
        self.db.close()
        Base.metadata.drop_all(bind=engine)

    def test_names(self):
        self.assertEqual(crud.names(self.db), ["first"])
        crud.add(self.db, "b")
        self.assertEqual(crud.names(self.db), ["first", "b"])

    def test_service(self):
        service = crud.Service(self.db)
        self.assertEqual(service.count(), 1)
        item = service.rename("first", "second")
        assert item is not None
        self.assertEqual(item.name, "second")
        self.assertIsNone(service.rename("first", "second"))

    def test_own(self):
        self.assertEqual(self.db.query(Item).count(), 1)
        with self.assertRaises(Exception):
            crud.add(self.db, "first")
"""
IN_SETUP = DIRECT.replace("engine = create", "other = create").replace("bind=engine", "bind=self.engine")
IN_SETUP = IN_SETUP.replace("TestingSession = sessionmaker(bind=self.engine)\n", "").replace(
    "        Base.metadata.create_all",
    """        self.engine = create_engine("sqlite://")
        self.Session = sessionmaker(bind=self.engine)
        Base.metadata.create_all""",
)
IN_SETUP = IN_SETUP.replace("TestingSession()", "self.Session()")
BASE = """
from unittest import TestCase

from sqlalchemy import create_engine
from sqlalchemy.orm import sessionmaker

from app import crud
from app.database import Base, get_db
from app.main import app

engine = create_engine("sqlite:///./base.db", connect_args={"check_same_thread": False})
TestingSession = sessionmaker(bind=engine)


def override_get_db():
    with TestingSession() as db:
        yield db


class DatabaseCase(TestCase):
    def setUp(self):
        super().setUp()
        Base.metadata.create_all(bind=engine)
        self.db = TestingSession()
        self.addCleanup(self.db.close)
        app.dependency_overrides[get_db] = override_get_db

    def tearDown(self):
        app.dependency_overrides.clear()
        self.db.rollback()
        Base.metadata.drop_all(bind=engine)
        super().tearDown()

    def make(self, name):
        return crud.add(self.db, name)
"""
DERIVED = """
from fastapi.testclient import TestClient

from app.main import app
from app.models import Item
from app import crud
from tests.base import DatabaseCase


class TestService(DatabaseCase):
    def setUp(self):
        super().setUp()
        self.service = crud.Service(self.db)
        self.item = self.make("first")

    def test_count(self):
        self.assertEqual(self.service.count(), 1)

    def test_rename(self):
        for new in ("a", "b"):
            with self.subTest(new=new):
                self.assertEqual(self.service.rename("first" if new == "a" else "a", new).name, new)
        self.assertEqual(self.item.name, "b")


class TestRoutes(DatabaseCase):
    def setUp(self):
        super().setUp()
        self.client = TestClient(app)

    def test_names(self):
        self.assertEqual(self.client.get("/names").json(), [])

    def test_made(self):
        self.make("x")
        self.assertEqual(self.client.get("/names").json(), ["x"])

    def test_nothing(self):
        self.assertTrue(Item.__tablename__)
"""


def test_suites_move_with_their_setup(tmp_path: Path) -> None:
    tests = {"test_requests": REQUESTS, "test_direct": DIRECT, "test_in_setup": IN_SETUP}
    files = {**SERVICE, **{f"tests/{name}.py": text for name, text in tests.items()}}
    root = write_service(tmp_path, {**files, "tests/base.py": BASE, "tests/test_derived.py": DERIVED})
    passes(root, 13)
    assert outcomes(converted(root)) == MOVED
    texts = {name: (root / f"tests/{name}.py").read_text() for name in (*tests, "base", "test_derived")}
    assert "class TestRoutes(unittest.TestCase):\n    def setUp(self):" in texts["test_requests"]
    assert "class TestCrud(unittest.IsolatedAsyncioTestCase):\n    async def asyncSetUp(self):" in texts["test_direct"]
    assert "        self.db = AsyncTestingSession()\n" in texts["test_direct"]
    assert "    async def asyncTearDown(self):\n        await self.db.close()\n" in texts["test_direct"]
    assert "        self.db = self.AsyncSessionLocal()\n" in texts["test_in_setup"]
    assert "class DatabaseCase(IsolatedAsyncioTestCase):" in texts["base"]
    assert "self.addAsyncCleanup(self.db.close)" in texts["base"]
    assert "        await super().asyncSetUp()\n        self.service = crud.Service(self.db)\n" in texts["test_derived"]
    assert "    def test_names(self):\n" in texts["test_derived"]
    for name, text in (*tests.items(), ("test_derived", DERIVED)):
        assert texts[name].count("self.assert") == text.count("self.assert")
    assert "_async(" not in (root / "app/crud.py").read_text()
    passes(root, 13)


LEFT = {
    "setUpClass opens a session for all tests of a class": DIRECT.replace(
        "def setUp(self)", "@classmethod\n    def setUpClass(self)"
    ).replace("def tearDown(self)", "@classmethod\n    def tearDownClass(self)"),
    "opens a session in a transaction that the test undoes": DIRECT.replace(
        "        self.db = TestingSession()",
        """        self.connection = engine.connect()
        self.transaction = self.connection.begin()
        self.db = TestingSession(bind=self.connection, join_transaction_mode="create_savepoint")""",
    ).replace(
        "        self.db.close()\n",
        "        self.db.close()\n        self.transaction.rollback()\n        self.connection.close()\n",
    ),
    "this use of the session is not followed": DIRECT.replace(
        "TestingSession()\n", "TestingSession()\n        app.dependency_overrides[get_db] = lambda: self.db\n"
    ).replace("from app import crud", "from app import crud\nfrom app.main import app"),
    "opens a session that is not closed here": DIRECT.replace("self.db.close()", "self.db.rollback()"),
}


@pytest.mark.parametrize("reason", LEFT)
def test_suites_that_stay_keep_the_class(tmp_path: Path, reason: str) -> None:
    text, count = LEFT[reason], 3
    if "Class" in reason:
        text, count = text[: text.index("    def test_service")], 1
        text += "        self.assertEqual(crud.Service(self.db).count(), 2)\n"
    root = write_service(tmp_path, {**SERVICE, "tests/test_direct.py": text})
    passes(root, count)
    result = converted(root)
    assert outcomes(result) == MOVED
    kept = [item for item in result.plan.functions if item.function == "app.crud.Service.count"]
    assert [item.rule for item in kept[0].reasons] == ["session-call", "twin"]
    text = (root / "app/crud.py").read_text()
    assert "async def names_async(" in text and "class Service:" in text and "class AsyncService:" in text
    passes(root, count)
