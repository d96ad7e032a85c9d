"""Bridges to threads that a service has already: they go where what they run becomes async."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ..pipeline_tools import answers, converted, outcomes, write_service  # noqa: TID252
from .wire_server import serving

MAIN = """
import asyncio
import time

import anyio
import requests
from fastapi import Depends, FastAPI
from fastapi.concurrency import run_in_threadpool
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.database import SessionLocal, get_db
from app.models import Item

app = FastAPI()


def ask(path: str, *, times: int = 1) -> list[str]:
    return [requests.get(f"URL{path}").json()[0].split()[1] for _ in range(times)]


def kept(path: str) -> int:
    return requests.get(f"URL{path}").status_code


def count() -> int:
    with SessionLocal() as db:
        return db.scalar(select(func.count()).select_from(Item))


def first(db: Session, name: str) -> int:
    return len(db.scalars(select(Item).where(Item.name == name)).all())


def slow(x: int) -> int:
    time.sleep(0.001)
    return x


class Service:
    def __init__(self) -> None:
        self.path = "/of"

    def ask(self, more: str) -> str:
        return requests.get(f"URL{self.path}{more}").reason


service = Service()


@app.get("/pool")
async def pool():
    return await run_in_threadpool(ask, "/a", times=2)


@app.get("/executor")
async def executor():
    loop = asyncio.get_running_loop()
    return [await loop.run_in_executor(None, ask, "/b"), await loop.run_in_executor(None, service.ask, "/c")]


@app.get("/thread")
async def thread():
    return [await asyncio.to_thread(ask, await run_in_threadpool(str, "/d")), await asyncio.to_thread(count)]


@app.get("/anyio")
async def of_anyio():
    return await anyio.to_thread.run_sync(ask, "/e")


@app.get("/gather")
async def gather():
    return await asyncio.gather(asyncio.to_thread(kept, "/f"), asyncio.to_thread(kept, "/404"))


@app.get("/kept")
async def one_kept():
    return await asyncio.to_thread(kept, "/500")


@app.get("/lambda")
async def of_lambda():
    return await run_in_threadpool(lambda: slow(3))


@app.get("/slow")
async def of_slow():
    return await run_in_threadpool(slow, 4)


@app.get("/session")
async def with_session(db: Session = Depends(get_db)):
    return await run_in_threadpool(first, db, "x")


@app.get("/plain")
def plain():
    return [ask("/g"), kept("/h"), slow(5), count(), service.ask("/i")]
"""
PATHS = ("pool", "executor", "thread", "anyio", "gather", "kept", "lambda", "slow", "session", "plain")


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with serving() as server:
        yield f"http://127.0.0.1:{server.server_address[1]}"


def test_bridges_go_where_the_function_is_async(tmp_path: Path, url: str) -> None:
    root = write_service(tmp_path, {"app/main.py": MAIN.replace("URL", url)})
    asked = [("GET", f"/{path}", None) for path in PATHS]
    before = answers(root, asked)
    assert [status for status, _ in before["answers"]] == [200] * len(PATHS)
    found = outcomes(converted(root, python=Path(sys.executable), http="async_requests"))
    assert answers(root, asked) == before
    text = (root / "app/main.py").read_text()
    assert 'await ask("/a", times=2)' in text and '[await ask("/b"), await service.ask("/c")]' in text
    assert '[await ask(await run_in_threadpool(str, "/d")), await count()]' in text
    assert 'return await ask("/e")' in text and "import anyio" not in text
    # What is gathered, has a lambda around it, gains nothing or works on the route's session stays in its thread.
    assert 'asyncio.gather(asyncio.to_thread(kept, "/f"), asyncio.to_thread(kept, "/404"))' in text
    assert "def kept(path: str) -> int:\n    return requests.get(" in text and "\ndef slow(" in text
    assert "run_in_threadpool(lambda: slow(3))" in text and "run_in_threadpool(slow, 4)" in text
    assert 'run_in_threadpool(first, db, "x")' in text and found["GET /session"] == "left"
    assert converted(root, python=Path(sys.executable), http="async_requests").after == {}
