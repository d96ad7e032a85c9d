"""Dependencies that open a session and give an object that keeps it, with constructors that hand it on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ..pipeline_tools import answers, app, converted, outcomes, write_service  # noqa: TID252

BODY = """
class Repository(ABC):
    def __init__(self, db: Session):
        self._db = db


class Named(ABC):
    @abstractmethod
    def names(self) -> list[str]: ...


class Items(Repository, Named):
    def __init__(self, db):
        super().__init__(db)

    def names(self) -> list[str]:
        return [item.name for item in self._db.query(Item).order_by(Item.id).all()]

    def add(self, name: str) -> int:
        item = Item(name=name)
        self._db.add(item)
        self._db.commit()
        return item.id


class Service:
    def __init__(self, items: Items):
        self._items = items

    def names(self) -> list[str]:
        return self._items.names()

    def add(self, name: str) -> int:
        return self._items.add(name)


def get_service():
    with SessionLocal() as db:
        items = Items(db)
        yield Service(items)


def get_first(service: Service = Depends(get_service)):
    return service.names()[:1]


@app.post("/names/{name}")
def add(name: str, service: Service = Depends(get_service)):
    return service.add(name)


@app.get("/names")
def names(service: Service = Depends(get_service)):
    return service.names()


@app.get("/first")
def first(found: list = Depends(get_first)):
    return found
"""
IMPORTS = """
from abc import ABC, abstractmethod
from collections.abc import Generator
"""
REQUESTS = [("POST", "/names/a", None), ("POST", "/names/b", None), ("GET", "/names", None), ("GET", "/first", None)]
OPENED = """    with SessionLocal() as db:
        items = Items(db)
        yield Service(items)
"""
CLOSED = """    db = SessionLocal()
    try:
        yield Service(Items(db))
    finally:
        db.close()
"""
MAKER = f"def get_service():\n{OPENED}"
BY_SESSION = "def get_service(db: Session = Depends(get_db)):\n    return Service(Items(db))\n"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("", ""),
        ("super().__init__(db)", "Repository.__init__(self, db)"),
        ("    def __init__(self, db: Session):", "    @abstractmethod\n    def __init__(self, db: Session):"),
        ("def __init__(self, db):", "def __init__(self, db: Session):"),
        ("def get_service():", "def get_service() -> Generator[Service, None, None]:"),
        (OPENED, CLOSED),
        (MAKER, BY_SESSION),
    ],
)  # fmt: skip
def test_the_object_is_given_an_async_session(tmp_path: Path, old: str, new: str) -> None:
    root = write_service(tmp_path, app(BODY.replace(old, new, 1), IMPORTS))
    before = answers(root, REQUESTS)
    assert [status for status, _ in before["answers"]] == [200] * 4
    assert set(outcomes(converted(root)).values()) == {"native"}
    text = (root / "app/main.py").read_text()
    assert "self, db: Session" not in text and "class AsyncItems" not in text and "with SessionLocal" not in text
    assert "Generator[Service, None, None]" not in new or "AsyncGenerator[Service, None]" in text
    assert answers(root, REQUESTS) == before
    assert not converted(root).after


def test_where_sync_code_makes_the_object_too_both_go_on(tmp_path: Path) -> None:
    script = "\n\ndef main():\n    with SessionLocal() as db:\n        print(Items(db).names())\n\n\n"
    body = BODY + script + 'if __name__ == "__main__":\n    main()\n'
    root = write_service(tmp_path, app(body, IMPORTS))
    before = answers(root, REQUESTS)
    converted(root)
    assert answers(root, REQUESTS) == before
    done = subprocess.run([sys.executable, "-m", "app.main"], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
    assert not converted(root).after


HEAD = """
import pytest
from unittest.mock import Mock
from fastapi.testclient import TestClient
from sqlalchemy import create_engine
from sqlalchemy.orm import Session
from app.database import Base
from app.main import Items, Service, app, get_service
from app.models import Item


@pytest.fixture
def session():
    engine = create_engine("sqlite:///test.db")
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add(Item(name="a"))
        session.commit()
        yield session


@pytest.fixture
def client(session):
    app.dependency_overrides[get_service] = OVERRIDE
    yield TestClient(app)
    app.dependency_overrides.clear()


def test_names(client):
    assert client.get("/names").json() == ["a"]
"""


@pytest.mark.parametrize("body", [BODY, BODY.replace(MAKER, BY_SESSION)], ids=["opened", "given"])
@pytest.mark.parametrize(
    ("override", "outcome"),
    [("lambda: Service(Items(session))", "native"), ("lambda: Mock(**{'names.return_value': ['a']})", "native")],
    ids=["real", "mock"],
)
def test_tests_that_hand_over_an_object_of_their_own_go_on(
    tmp_path: Path, body: str, override: str, outcome: str
) -> None:
    root = write_service(tmp_path, {**app(body, IMPORTS), "tests/test_names.py": HEAD.replace("OVERRIDE", override)})
    found = outcomes(converted(root))
    assert found["GET /names"] == outcome
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"], cwd=root, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert not converted(root).after


UNKNOWN = """
from app.other import ask


@app.get("/asked")
def asked(service: Service = Depends(get_service)) -> list[str]:
    ask(service)
    return service.names()
"""
ASK = "def ask(value):\n    return getattr(value, 'names')()\n"


def test_it_goes_to_no_thread_where_what_it_meets_is_unknown(tmp_path: Path) -> None:
    root = write_service(tmp_path, {**app(BODY + UNKNOWN, IMPORTS), "app/other.py": ASK})
    before = answers(root, [*REQUESTS, ("GET", "/asked", None)])
    assert outcomes(converted(root))["GET /asked"] == "left"
    assert "to_thread(ask" not in (root / "app/main.py").read_text()
    assert answers(root, [*REQUESTS, ("GET", "/asked", None)]) == before
