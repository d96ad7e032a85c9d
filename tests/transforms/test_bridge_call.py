"""BridgeCall: the function becomes the runner's first argument."""

from __future__ import annotations

import pytest
from awaitify_transforms.edits import BridgeCall, Span

from .tools import check_noop, check_refused, check_transformed

HEAD = "async def k():\n    "


def bridge(span: Span, drop: Span | tuple[()] = ()) -> BridgeCall:
    return BridgeCall(span=span, runner="db.run_sync" if drop else "asyncio.to_thread", drop=drop)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("«f(x, k=y)»", "await asyncio.to_thread(f, x, k=y)"),
        ("x = «f()»", "x = await asyncio.to_thread(f)"),
        ("x = «obj.m(*a, **é)».z", "x = (await asyncio.to_thread(obj.m, *a, **é)).z"),
        ("return(«f(x,)»)", "return(await asyncio.to_thread(f, x,))"),
        ("x = «f(a for a in b)»", "x = await asyncio.to_thread(f, (a for a in b))"),
        ("x = «f(\n        x,  # c\n    )»", "x = await asyncio.to_thread(\n        f,\n        x,  # c\n    )"),
        ("x = «a().b(1)»", "x = await asyncio.to_thread(a().b, 1)"),
        ("«crud.f(«db», x)»", "await db.run_sync(crud.f, x)"),
        ("«crud.f(«db»)»", "await db.run_sync(crud.f)"),
        ("«crud.f(x, «db»)»", "await db.run_sync(lambda db: crud.f(x, db))"),
        ("«crud.f(«db=db», x=x)»", "await db.run_sync(lambda db: crud.f(db=db, x=x))"),
        ("«crud.f(x, db=«self.db»)»", "await db.run_sync(lambda session: crud.f(x, db=session))"),
    ],
)
def test_forms(before: str, after: str) -> None:
    check_transformed(HEAD + before + "\n", HEAD + after + "\n", bridge)


@pytest.mark.parametrize(
    ("before", "reason"),
    [
        ("«crud.f(x, «y»(1))»", "no argument"),
        ("«crud.f(x, «db», await y)»", "cannot move"),
        ("«crud.f(x, «self.db», session)»", "a name session of its own"),
        ("«crud.f(«db», fn=1)»", "parameter fn"),
        ("x = lambda: «f()»", "lambda"),
    ],
)
def test_refused(before: str, reason: str) -> None:
    check_refused(HEAD + before + "\n", bridge, reason)


def test_others_stay() -> None:
    check_noop(HEAD + "f(x); await asyncio.to_thread(f, x)\n", lambda: [])
