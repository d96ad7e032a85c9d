"""Locks of threads that are held over I/O, and `threading.local`: on the event loop they would mean something else."""

from __future__ import annotations

from pathlib import Path

import pytest
from awaitify.config import Settings
from awaitify.pipeline import Result, plan_project

from ..pipeline_tools import DATABASE, MODELS, write_service  # noqa: TID252

HEAD = """
import threading
from contextlib import contextmanager

from fastapi import Depends, FastAPI
from sqlalchemy.orm import Session

from app.database import SessionLocal, get_db
from app.models import Item

app = FastAPI()
lock = threading.Lock()
again = threading.RLock()
slots = threading.Semaphore(2)
local = threading.local()
counts: dict[str, int] = {}


class Store:
    def __init__(self) -> None:
        self._guard = threading.Lock()

    def total(self) -> int:
        with self._guard, SessionLocal() as db:
            return db.query(Item).count()

    def names(self, db: Session) -> int:
        with self._guard:
            return db.query(Item).count()


store = Store()


class Saved:
    def __init__(self, db: Session) -> None:
        self.db = db

    def __enter__(self) -> None:
        pass

    def __exit__(self, *error: object) -> None:
        self.db.commit()


@contextmanager
def guarded():
    with lock:
        yield


def keep(name: str) -> None:
    local.name = name


"""
ROUTE = '@app.get("/x")\ndef read(db: Session = Depends(get_db)) -> int:\n'
LEFT = {
    "a lock over a query": ("    with lock:\n        return db.query(Item).count()\n", "lock"),
    "a lock that may be taken again": ("    with again:\n        return db.query(Item).count()\n", "lock"),
    "a semaphore": ("    with slots:\n        return db.query(Item).count()\n", "lock"),
    "a lock over a loop": ("    with lock:\n        return sum(item.price for item in db.query(Item))\n", "lock"),
    "a lock over a block that commits": ("    with lock, Saved(db):\n        counts['x'] = 1\n    return 1\n", "lock"),
    "a lock that a generator holds": ("    with guarded():\n        db.commit()\n    return 1\n", "sync-callee"),
    "a lock taken by hand": (
        "    lock.acquire()\n    try:\n        return db.query(Item).count()\n    finally:\n        lock.release()\n",
        "lock",
    ),
    "a lock in a method that uses the session": ("    return store.names(db)\n", "sync-callee"),
    "a value of the thread": (
        "    local.count = db.query(Item).count()\n    db.commit()\n    return local.count\n",
        "thread-local",
    ),
    "a value of the thread, by name": (
        '    setattr(local, "count", db.query(Item).count())\n    return local.count\n',
        "thread-local",
    ),
    "a function that keeps one": ('    keep("a")\n    return db.query(Item).count()\n', "sync-callee"),
}
CONVERTED = {
    "a lock over nothing that waits": (
        "    with lock:\n        counts['x'] = counts.get('x', 0) + 1\n    return db.query(Item).count()\n",
        "await db.scalar",
    ),
    "all of it in a thread": ("    return store.total() + db.query(Item).count()\n", "asyncio.to_thread(store.total)"),
}


def _plan(tmp_path: Path, body: str) -> Result:
    write_service(tmp_path, {"app/database.py": DATABASE, "app/models.py": MODELS, "app/main.py": HEAD + ROUTE + body})
    return plan_project(tmp_path, Settings())


@pytest.mark.parametrize("name", LEFT)
def test_left_with_its_reason(tmp_path: Path, name: str) -> None:
    body, rule = LEFT[name]
    route = _plan(tmp_path, body).plan.routes[0]
    assert route.after == "sync"
    assert rule in [reason.rule for reason in route.reasons]


@pytest.mark.parametrize("name", CONVERTED)
def test_converted(tmp_path: Path, name: str) -> None:
    body, text = CONVERTED[name]
    result = _plan(tmp_path, body)
    assert result.plan.routes[0].after == "async"
    assert text in result.after["app/main.py"].decode()
