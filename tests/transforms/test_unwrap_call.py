"""UnwrapCall: a bridge goes."""

from __future__ import annotations

import pytest
from awaitify_transforms.edits import AwaitCall, Span, UnwrapCall

from .tools import check_noop, check_refused, check_transformed


def unwrap(*spans: Span) -> list[UnwrapCall]:
    return [UnwrapCall(span=span) for span in spans]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("await «asyncio.to_thread(f, x, k=1)»", "await f(x, k=1)"),
        ("await «run_in_threadpool(a.f)»", "await a.f()"),
        ("await «db.run_sync(f, x)»", "await f(db, x)"),
        ("await «self.db.run_sync(f)»", "await f(self.db)"),
        ("await «to_thread(\n        f,\n        x,  # é\n    )»", "await f(\n        x,  # é\n    )"),
        ("await «to_thread(partial(f, 1), x)»", "await partial(f, 1)(x)"),
    ],
)
def test_forms(before: str, after: str) -> None:
    head = "async def k():\n    "
    check_transformed(head + before + "\n", head + after + "\n", unwrap)


def test_then_awaited() -> None:
    before = "async def k():\n    x = «run(f, 1)».y\n"
    check_transformed(
        before, "async def k():\n    x = (await f(1)).y\n", lambda s: [AwaitCall(span=s), UnwrapCall(span=s)]
    )


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        ("run(lambda: 1)", "not a plain function"),
        ("run()", "first argument"),
        ("run(f=f)", "first argument"),
        ("run(*a)", "first argument"),
    ],
)
def test_refused(call: str, reason: str) -> None:
    check_refused(f"x = «{call}»\n", unwrap, reason)


def test_others_stay() -> None:
    check_noop("async def k():\n    await asyncio.to_thread(f, x)\n", unwrap)
