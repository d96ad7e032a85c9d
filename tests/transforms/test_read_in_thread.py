"""ReadInThread: what a loop iterates is read in a thread."""

from __future__ import annotations

import pytest
from awaitify_transforms.edits import AwaitCall, BridgeCall, ReadInThread, Span

from .tools import check_noop, check_transformed


def read(*spans: Span) -> list[ReadInThread]:
    return [ReadInThread(span=span, runner="asyncio.to_thread") for span in spans]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("for x in «rows»:\n        f(x)", "for x in await asyncio.to_thread(list, rows):\n        f(x)"),
        ("for x in «a.find({1: 2})»: f(x)  # é", "for x in await asyncio.to_thread(list, a.find({1: 2})): f(x)  # é"),
        ("y = [x for x in «p.glob('*')» if x]", "y = [x for x in await asyncio.to_thread(list, p.glob('*')) if x]"),
        ("any(x for x in «self.rows»)", "any(x for x in await asyncio.to_thread(list, self.rows))"),
    ],
)
def test_forms(before: str, after: str) -> None:
    head = "async def k():\n    "
    check_transformed(head + before + "\n", head + after + "\n", read)


def test_around_other_edits() -> None:
    before = "async def k():\n    for x in «c.run(1)»: pass\n"
    after = "async def k():\n    for x in await asyncio.to_thread(list, await to_thread(c.run, 1)): pass\n"
    check_transformed(before, after, lambda s: [*read(s), BridgeCall(span=s, runner="to_thread")])
    awaited = "async def k():\n    for x in await asyncio.to_thread(list, await c.run(1)): pass\n"
    check_transformed(before, awaited, lambda s: [*read(s), AwaitCall(span=s)])


def test_others_stay() -> None:
    check_noop("async def k():\n    for x in rows: pass\n", read)
