"""AwaitMethod: an object gives its place to what it opens."""

from __future__ import annotations

import pytest
from awaitify_transforms.edits import AwaitCall, AwaitMethod, Edit, Rename, Span

from .tools import check_refused, check_transformed


def opened(span: Span) -> AwaitMethod:
    return AwaitMethod(span=span, method="open")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("«s3».meta", "(await s3.open()).meta"),
        ("«self.s3».get_paginator('x')", "(await self.s3.open()).get_paginator('x')"),
        ("«client()».exceptions", "(await client().open()).exceptions"),
        ("x = [«s3».meta]", "x = [(await s3.open()).meta]"),
    ],
)
def test_places(before: str, after: str) -> None:
    check_transformed(f"async def f():\n    {before}\n", f"async def f():\n    {after}\n", opened)


def test_a_name_is_changed_first_and_the_call_is_awaited_too() -> None:
    def edits(call: Span, name: Span) -> list[Edit]:
        return [AwaitCall(span=call), opened(name), Rename(span=name, new="async_table")]

    before = "async def f():\n    «0:«1:table».batch(x)»\n"
    check_transformed(before, "async def f():\n    await (await async_table.open()).batch(x)\n", edits)


def test_no_await_in_a_lambda() -> None:
    check_refused("async def f():\n    return lambda: «s3».meta\n", opened, "lambda")
