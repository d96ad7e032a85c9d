"""Coroutines that sync code runs: awaited where the app's loop does the same, else on their own loop in a thread."""

from __future__ import annotations

from pathlib import Path

from ..pipeline_tools import answers, app, converted, outcomes, write_service  # noqa: TID252

IMPORTS = """
import asyncio
import time

import anyio.from_thread
from sqlalchemy import select
"""
BODY = """
async def tell(name):
    await asyncio.sleep(0)
    return f"told {name}"


async def tell_all(names):
    return await asyncio.gather(*(tell(name) for name in names))


async def slowly(name):
    time.sleep(0.001)
    return name


log = []


async def note(name):
    await asyncio.sleep(0.05)
    log.append(name)


async def leave(name):
    asyncio.create_task(note(name))
    await asyncio.sleep(0)
    return name


class Sender:
    def send(self, name):
        return asyncio.run(self._send(name))

    async def _send(self, name):
        return await tell(name)


def name_of(db: Session) -> str:
    return str(db.query(Item).count())


@app.get("/run")
def run(db: Session = Depends(get_db)):
    return asyncio.run(tell(name_of(db))).upper()


@app.get("/all")
def every(db: Session = Depends(get_db)):
    return len(asyncio.run(tell_all([name_of(db), "b"])))


@app.get("/object")
def sender(db: Session = Depends(get_db)):
    return Sender().send(name_of(db))


@app.get("/from-thread")
def from_thread(db: Session = Depends(get_db)):
    return anyio.from_thread.run(tell, name_of(db))


@app.get("/inner")
def inner(db: Session = Depends(get_db)):
    name = name_of(db)

    async def told():
        return await tell(name)

    return asyncio.run(told())


@app.get("/slowly")
def slow(db: Session = Depends(get_db)):
    return asyncio.run(slowly(name_of(db)))


@app.get("/leave")
def left(db: Session = Depends(get_db)):
    return [asyncio.run(leave(name_of(db))), log]


@app.get("/log")
def read():
    time.sleep(0.1)
    return log
"""
PATHS = ("run", "all", "object", "from-thread", "inner", "slowly", "leave", "log")


def test_they_are_awaited_where_that_is_the_same(tmp_path: Path) -> None:
    root = write_service(tmp_path, app(BODY, IMPORTS))
    requests = [("GET", f"/{path}", None) for path in PATHS]
    before = answers(root, requests)
    result = converted(root)
    assert answers(root, requests) == before
    assert {status for status, _ in before["answers"]} == {200}
    assert not {"left", "unchanged"} & set(outcomes(result).values())
    text = result.after["app/main.py"].decode()
    assert "(await tell(await name_of(db))).upper()" in text
    assert "asyncio.to_thread(asyncio.run, leave(await name_of(db)))" in text
    assert converted(root).after == {}


GATHERED = """
async def slowly(name):
    time.sleep(0.001)
    return name


@app.get("/gather")
async def gather():
    return await asyncio.gather(slowly("a"), slowly("b"))


@app.get("/task")
async def task():
    made = asyncio.create_task(slowly("a"))
    time.sleep(0.001)
    return await made


def slower(name, db: Session):
    db.query(Item).count()
    return slowly(name)


@app.get("/returned")
async def returned(db: Session = Depends(get_db)):
    return await slower("r", db)


@app.get("/kept")
async def kept():
    coroutine = slowly("d")
    return await asyncio.wait_for(coroutine, 1)
"""


def test_coroutines_go_where_they_went(tmp_path: Path) -> None:
    root = write_service(tmp_path, app(GATHERED, IMPORTS))
    requests = [("GET", path, None) for path in ("/gather", "/task", "/kept", "/returned")]
    before = answers(root, requests)
    result = converted(root)
    assert answers(root, requests) == before
    assert "await asyncio.sleep(0.001)\n    return name" in result.after["app/main.py"].decode()
    assert "await asyncio.gather(slowly(" in result.after["app/main.py"].decode()
    assert {status for status, _ in before["answers"]} == {200}
    assert set(outcomes(result).values()) == {"repaired"}
