"""What may take an async function, or a coroutine, without an await: none of these is a finding."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from awaitify.gate.model import Finding

Check = Callable[..., list[Finding]]
PRELUDE = """import asyncio
import contextlib
import functools
import inspect
from contextlib import aclosing, asynccontextmanager
from unittest.mock import AsyncMock, patch
import anyio
from fastapi import APIRouter, BackgroundTasks, Depends, FastAPI, Security
from fastapi.responses import StreamingResponse
async def load(x: int = 0) -> int:
    return x
async def items():
    yield 1
@asynccontextmanager
async def lifespan(app):
    yield
app = FastAPI(lifespan=lifespan)
router = APIRouter()
"""
ALLOWED = {
    "route": "@router.get('/')\nasync def f() -> int:\n    return await load(1)\n",
    "add_api_route": "router.add_api_route('/', load)\n",
    "depends": "@router.get('/', dependencies=[Depends(load)])\nasync def f(x=Security(load)):\n    return x\n",
    "annotated": "from typing import Annotated\nX = Annotated[int, Depends(load)]\ndef f(x: X): return x\n",
    "override": "app.dependency_overrides[load] = load\n",
    "override map": "app.dependency_overrides.update({load: load})\n",
    "background": "def f(tasks: BackgroundTasks):\n    tasks.add_task(load, 1)\n",
    "run": "def f():\n    return asyncio.run(load(1))\n",
    "main": "if __name__ == '__main__':\n    asyncio.run(load())\n",
    "create_task": "async def f():\n    t = asyncio.create_task(load(1))\n    return await t\n",
    "gather": "async def f(xs):\n    return await asyncio.gather(load(1), *[load(x) for x in xs])\n",
    "gather of a generator": "async def f(xs):\n    return await asyncio.gather(*(load(x) for x in xs))\n",
    "appended tasks": "async def f(xs):\n    ts = [load(x) for x in xs]\n    for t in ts:\n        await t\n",
    "wait_for": "async def f():\n    return await asyncio.wait_for(load(1), timeout=1)\n",
    "task group": "async def f():\n    async with asyncio.TaskGroup() as g:\n        g.create_task(load(1))\n",
    "anyio group": "async def f():\n    async with anyio.create_task_group() as g:\n        g.start_soon(load, 1)\n",
    "loop": "def f(loop: asyncio.AbstractEventLoop):\n    return loop.run_until_complete(load(1))\n",
    "threadsafe": "def f(loop):\n    return asyncio.run_coroutine_threadsafe(load(1), loop).result()\n",
    "from thread": "def f():\n    return anyio.from_thread.run(load, 1)\n",
    "exception handler": "app.add_exception_handler(404, load)\n",
    "event handler": "router.add_event_handler('startup', load)\n",
    "streaming": "def f():\n    return StreamingResponse(items())\n",
    "aclosing": "async def f():\n    async with aclosing(items()) as g:\n        return [x async for x in g]\n",
    "exit stack": "async def f():\n    async with contextlib.AsyncExitStack() as s:\n"
    "        return await s.enter_async_context(lifespan(app))\n",
    "inspection": "FLAG = inspect.iscoroutinefunction(load)\nNAME = load.__name__\nSAME = load is items\n",
    "awaitable or not": "async def f():\n    r = load(1)\n    if inspect.isawaitable(r):\n"
    "        r = await r\n    return r\n",
    "all list": "__all__ = ['load']\n",
    "mock": "M = AsyncMock(side_effect=load)\nP = patch('m.load', load)\n",
    "partial dependency": "def f(x=Depends(functools.partial(load, 1))):\n    return x\n",
    "parenthesised": "async def f():\n    return (await (load(1))) + 1\n",
    "conditional await": "async def f(a):\n    return await (load(1) if a else load(2))\n",
    "shadowed": "def f(load):\n    return load(1) + 1\n",
    "local of that name": "def f(xs):\n    items = list(xs)\n    return items[0]\n",
    "keyword of that name": "def f():\n    return dict(load=1, items=2)\n",
    "dict method": "def f(d: dict):\n    return list(d.items())\n",
    "helper that awaits": "async def retry(fn):\n    return await fn(1)\nasync def f():\n"
    "    return await retry(load)\n",
    "helper that runs": "def run(coro):\n    return asyncio.run(coro)\ndef f():\n    return run(load(1))\n",
    "pass-through lambda": "async def retry(fn):\n    return await fn()\nasync def f():\n"
    "    return await retry(lambda: load(1))\n",
    "dual decorator": "def deco(fn):\n    if inspect.iscoroutinefunction(fn):\n        return fn\n"
    "    def w(*a):\n        r = fn(*a)\n        return r\n    return w\n@deco\nasync def f():\n    return 1\n",
}  # fmt: skip


@pytest.mark.parametrize("name", ALLOWED)
def test_allowed(name: str, check: Check) -> None:
    assert check(m=PRELUDE + ALLOWED[name]) == []


def test_a_session_result_is_not_a_session(check: Check) -> None:
    source = (
        "from sqlalchemy.ext.asyncio import AsyncSession\n"
        "async def f(db, q):\n    r = await db.execute(q)\n    return r.scalars(), (await db.execute(q)).scalar()\n"
    )
    assert check(m=source) == []


def test_no_autoflush_stays_a_plain_with(check: Check) -> None:
    source = (
        "from sqlalchemy.ext.asyncio import AsyncSession\n"
        "async def f(db: AsyncSession, u):\n    with db.no_autoflush:\n        db.add(u)\n    db.expire(u)\n"
    )
    assert check(m=source) == []


def test_a_finding_names_file_line_and_function(check: Check) -> None:
    (finding,) = check(m="async def g():\n    return 1\nclass A:\n    async def f(self):\n        g()\n")
    assert (finding.path.endswith("/m.py"), finding.line, finding.rule) == (True, 5, "not-awaited")
    assert finding.function == "A.f" and "statement" in finding.message
