"""What one step leaves, the last one finishes: aliases of dependencies, relays, threads and tables of drivers."""

from __future__ import annotations

import ast
from itertools import permutations
from pathlib import Path

import pytest

from .fresh import run_suite
from .pipeline_ports import MAIN, PORTS
from .pipeline_steps import Steps, Tree, trees
from .pipeline_tools import answers, contents, converted, write_service

DEPS = """
from typing import Annotated

from fastapi import Depends, HTTPException
from sqlalchemy.orm import Session

from app.database import get_db
from app.models import Item

Db = Annotated[Session, Depends(get_db)]


def get_first(db: Db) -> Item:
    item = db.query(Item).order_by(Item.id).first()
    if item is None:
        raise HTTPException(404, "nothing here")
    return item


First = Annotated[Item, Depends(get_first)]


def get_cheap(first: First) -> Item:
    if first.price > 10:
        raise HTTPException(403, "not cheap")
    return first


Cheap = Annotated[Item, Depends(get_cheap)]
"""
ALIASES = {
    "app/deps.py": DEPS,
    "app/main.py": MAIN,
    "app/cheap.py": """
        from fastapi import APIRouter

        from app.deps import Cheap, Db
        from app.models import Item

        router = APIRouter()


        @router.get("/cheap")
        def cheap(item: Cheap, db: Db):
            return [item.name, db.query(Item).count()]
        """,
    "app/first.py": """
        from fastapi import APIRouter, Depends

        from app import deps

        router = APIRouter()


        @router.get("/first", dependencies=[Depends(deps.get_cheap)])
        def first(item: deps.First):
            return item.name
        """,
    "app/names.py": """
        from fastapi import APIRouter
        from sqlalchemy import select

        from app.deps import Db
        from app.models import Item

        router = APIRouter()


        @router.post("/names")
        def add(db: Db):
            db.add(Item(name="a", price=3))
            db.commit()


        @router.get("/names")
        def names(db: Db):
            return list(db.scalars(select(Item.name)))
        """,
}
CONFTEST = """
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import create_engine
from sqlalchemy.orm import sessionmaker

from app.database import Base, get_db
from app.deps import get_first
from app.main import app
from app.models import Item

engine = create_engine("sqlite:///./test.db", connect_args={"check_same_thread": False})
TestingSession = sessionmaker(bind=engine)


@pytest.fixture
def db():
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    session = TestingSession()
    yield session
    session.close()


@pytest.fixture
def client(db):
    def override():
        try:
            yield db
        finally:
            pass

    app.dependency_overrides[get_db] = override
    yield TestClient(app)
    app.dependency_overrides.clear()


@pytest.fixture
def given(client):
    app.dependency_overrides[get_first] = lambda: Item(name="given", price=1)
    yield client
    del app.dependency_overrides[get_first]
"""
TESTS = """
from app import names
from app.models import Item


def test_empty(client):
    assert client.get("/first").status_code == 404
    assert client.get("/names").json() == []


def test_first(client, db):
    db.add(Item(name="b", price=1))
    db.commit()
    assert client.get("/first").json() == "b"
    assert client.get("/cheap").json() == ["b", 1]
    client.post("/names")
    assert db.query(Item).count() == 2


def test_given(given):
    assert given.get("/first").json() == "given"
    assert given.get("/cheap").json() == ["given", 0]
"""
#: The same, with tests that override what is converted.
TESTED = {**ALIASES, "tests/__init__.py": "", "tests/conftest.py": CONFTEST, "tests/test_app.py": TESTS}
ROUTE = """
from fastapi import APIRouter, Depends
from sqlalchemy.orm import Session

from app import mail
from app.database import get_db

router = APIRouter()


@router.get("/NAME")
def NAME(db: Session = Depends(get_db)):
    return BODY
"""
#: Functions that block, over no session: shared by routers, by a service of several, and used by one alone.
THREADS = {
    "app/mail.py": """
        import subprocess

        from sqlalchemy.orm import Session

        from app.models import Item


        def render(text: str) -> str:
            return subprocess.run(["echo", text], capture_output=True, text=True, check=True).stdout.strip()


        def send(text: str) -> str:
            return "sent " + render(text)


        def own(text: str) -> str:
            return "own " + subprocess.run(["echo", text], capture_output=True, text=True, check=True).stdout.strip()


        def known(db: Session, name: str) -> str:
            return send(name) if db.query(Item).filter_by(name=name).first() else own("unknown")
        """,
    "app/main.py": MAIN,
    "app/cheap.py": ROUTE.replace("NAME", "cheap").replace("BODY", "mail.send('cheap')"),
    "app/first.py": ROUTE.replace("NAME", "first").replace("BODY", "mail.known(db, 'first')"),
    "app/names.py": ROUTE.replace("NAME", "names").replace("BODY", "[mail.send('a'), mail.known(db, 'b')]"),
}
SERVICES = {"aliases": ALIASES, "tested": TESTED, "threads": THREADS, "ports": PORTS}
REQUESTS = [("GET", "/first", None), ("POST", "/names", None), ("GET", "/cheap", None), ("GET", "/first", None)]


def code(tree: Tree) -> dict[str, str]:
    """The code of every file, without its layout: a name that grew and shrank again may have broken a line."""
    return {name: ast.unparse(ast.parse(data)) for name, data in tree.items() if name.endswith(".py")}


@pytest.mark.parametrize("name", SERVICES)
def test_any_order_of_routers_leaves_the_tree_of_one_run(name: str, tmp_path: Path) -> None:
    files = SERVICES[name]
    once = write_service(tmp_path / "once", files)
    expected = answers(once, REQUESTS)
    converted(once)
    routers = [path for path, text in files.items() if "router = APIRouter(" in text]
    orders = list(permutations(routers))
    steps = Steps(tmp_path / "steps", files, orders)
    for done, tree in trees(steps, orders):
        steps.write(tree)
        assert (done, answers(steps.root, REQUESTS)) == (done, expected)
        if "tests/conftest.py" in files:
            assert (done, _pytest(steps.root)) == (done, "3 passed")
    assert {order: code(steps.tree(order)) for order in orders} == dict.fromkeys(orders, code(contents(once)))


def test_what_several_routers_run_in_a_thread_stays_sync(tmp_path: Path) -> None:
    result = converted(write_service(tmp_path, THREADS))
    text = result.after["app/mail.py"].decode()
    assert "\ndef send(" in text and "\ndef render(" in text
    assert "async def own(" in text and "async def known(" in text
    assert "await asyncio.to_thread(send, name)" in text
    assert "await asyncio.to_thread(mail.send, 'cheap')" in result.after["app/cheap.py"].decode().replace('"', "'")
    (send,) = [item for item in result.plan.functions if item.function == "app.mail.send"]
    assert (send.after, send.reasons[0].rule) == ("sync", "shared-thread")


def _pytest(root: Path) -> str:
    done = run_suite(root, "-q", timeout=600)
    return done.stdout.strip().splitlines()[-1].partition(" in ")[0]
