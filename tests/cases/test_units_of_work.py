"""Units of work: `with uow:` becomes `async with uow:`, its class and all of its kind with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..pipeline_tools import answers, converted, outcomes, write_service  # noqa: TID252

UOW = """
import abc
from types import TracebackType
from typing import Self

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from app.models import Item


class AbstractItems(abc.ABC):
    @abc.abstractmethod
    def add(self, item: Item) -> None: ...

    @abc.abstractmethod
    def get(self, name: str) -> Item | None: ...


class SqlItems(AbstractItems):
    def __init__(self, session: Session) -> None:
        self.session = session

    def add(self, item: Item) -> None:
        self.session.add(item)

    def get(self, name: str) -> Item | None:
        return self.session.scalars(select(Item).where(Item.name == name)).one_or_none()


class AbstractUnitOfWork(abc.ABC):
    items: AbstractItems

    @abc.abstractmethod
    def __enter__(self) -> Self: ...

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None
    ) -> None:
        self.rollback()

    @abc.abstractmethod
    def commit(self) -> None: ...

    @abc.abstractmethod
    def rollback(self) -> None: ...


class SqlUnitOfWork(AbstractUnitOfWork):
    def __init__(self, session_factory: sessionmaker[Session]) -> None:
        self.session_factory = session_factory
        self.session: Session

    def __enter__(self) -> Self:
        self.session = self.session_factory()
        self.items = SqlItems(self.session)
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None
    ) -> None:
        super().__exit__(exc_type, exc, tb)
        self.session.close()

    def commit(self) -> None:
        self.session.commit()

    def rollback(self) -> None:
        self.session.rollback()
"""
SERVICES = """
from app.models import Item
from app.uow import AbstractUnitOfWork


class Taken(Exception):
    pass


def create(name: str, uow: AbstractUnitOfWork) -> int:
    with uow:
        if uow.items.get(name) is not None:
            raise Taken(name)
        item = Item(name=name)
        uow.items.add(item)
        uow.commit()
        return item.id


def forget(name: str, uow: AbstractUnitOfWork) -> None:
    with uow:
        uow.items.add(Item(name=name))


def find(name: str, uow: AbstractUnitOfWork) -> int | None:
    with uow as work:
        item = work.items.get(name)
        return item.id if item else None
"""
MAIN = """
from fastapi import Depends, FastAPI, HTTPException

from app import services
from app.database import SessionLocal
from app.uow import AbstractUnitOfWork, SqlUnitOfWork

app = FastAPI()


def get_uow() -> AbstractUnitOfWork:
    return SqlUnitOfWork(SessionLocal)


@app.post("/items/{name}")
def create(name: str, uow: AbstractUnitOfWork = Depends(get_uow)) -> int:
    try:
        return services.create(name, uow)
    except services.Taken:
        raise HTTPException(409)


@app.post("/forget/{name}")
def forget(name: str, uow: AbstractUnitOfWork = Depends(get_uow)) -> None:
    services.forget(name, uow)


@app.get("/items/{name}")
def find(name: str, uow: AbstractUnitOfWork = Depends(get_uow)) -> int | None:
    return services.find(name, uow)
"""
FILES = {"app/uow.py": UOW, "app/services.py": SERVICES, "app/main.py": MAIN}
REQUESTS = [
    ("POST", "/items/a", None), ("POST", "/items/a", None), ("POST", "/forget/b", None), ("GET", "/items/b", None),
    ("GET", "/items/a", None),
]  # fmt: skip


def test_a_unit_of_work_moves_with_all_that_enter_it(tmp_path: Path) -> None:
    """What is not committed is rolled back, also when the body raises."""
    root = write_service(tmp_path / "service", FILES)
    before = answers(root, REQUESTS)
    result = converted(root)
    assert set(outcomes(result).values()) == {"native"}
    assert answers(root, REQUESTS) == before
    assert before["answers"] == [[200, 1], [409, {"detail": "Conflict"}], [200, None], [200, None], [200, 1]]
    uow, services = (root / "app/uow.py").read_text(), (root / "app/services.py").read_text()
    assert services.count("async with uow") == 3 and "to_thread" not in (root / "app/main.py").read_text()
    assert uow.count("async def __aenter__") == uow.count("async def __aexit__") == 2
    assert "__enter__" not in uow and "await super().__aexit__(exc_type, exc, tb)" in uow
    assert "self.session: AsyncSession" in uow and "async_sessionmaker[AsyncSession]" in uow


def test_a_lock_elsewhere_holds_no_unit_of_work_back(tmp_path: Path) -> None:
    counter = "import threading\n\nlock = threading.Lock()\ncount = 0\n\n\ndef more() -> int:\n"
    counter += "    global count\n    with lock:\n        count += 1\n    return count\n"
    services = SERVICES.replace("def forget(", "def counted() -> int:\n    return more()\n\n\ndef forget(")
    files = {"app/counter.py": counter, "app/services.py": "from app.counter import more\n" + services.lstrip()}
    main = MAIN + '\n\n@app.get("/count")\ndef count() -> int:\n    return services.counted()\n'
    root = write_service(tmp_path / "service", {**FILES, **files, "app/main.py": main})
    converted(root)
    assert "async with uow" in (root / "app/services.py").read_text()


STAYS = {
    "entered as the module is imported": {
        "app/start.py": "from app.database import SessionLocal\nfrom app.uow import SqlUnitOfWork\n\n"
        "def start() -> None:\n    with SqlUnitOfWork(SessionLocal) as uow:\n        uow.items.get('a')\n\n\nstart()\n"
    },
    "known to the tests": {
        "tests/test_uow.py": "from app.database import SessionLocal\nfrom app.uow import SqlUnitOfWork\n\n"
        "def test_it():\n    with SqlUnitOfWork(SessionLocal) as uow:\n        assert uow.items.get('a') is None\n"
    },
    "entered by a stack": {
        "app/stack.py": "from contextlib import ExitStack\n\n\ndef opened(uow):\n    with ExitStack() as stack:\n"
        "        return stack.enter_context(uow)\n"
    },
    "rolls back and stays open": {"app/uow.py": UOW.replace("        self.session.close()\n", "")},
    "rolls back and closes something else": {
        "app/uow.py": UOW.replace("        self.session.close()\n", "        self.notes.close()\n")
        .replace(
            "        self.session = self.session_factory()\n",
            "        self.session = self.session_factory()\n        self.notes = io.StringIO()\n",
        )
        .replace("import abc\n", "import abc\nimport io\n")
    },
}


@pytest.mark.parametrize("why", list(STAYS))
def test_a_unit_of_work_that_others_use_stays_sync(tmp_path: Path, why: str) -> None:
    root = write_service(tmp_path / "service", {**FILES, **STAYS[why]})
    before = answers(root, REQUESTS)
    converted(root)
    assert "__aenter__" not in (root / "app/uow.py").read_text()
    assert "async with uow" not in (root / "app/services.py").read_text()
    assert answers(root, REQUESTS) == before
