"""AwaitRead: what was a property is a coroutine function."""

from __future__ import annotations

import pytest
from awaitify_transforms.edits import AwaitRead, Span

from .tools import check_refused, check_transformed


def read(*spans: Span) -> list[AwaitRead]:
    return [AwaitRead(span=span) for span in spans]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x = «self.group»", "x = await self.group()"),
        ("x = «self.group».id", "x = (await self.group()).id"),
        ("x = («self.group»)", "x = (await self.group())"),
        ("x = «self.group»['a'](1)", "x = (await self.group())['a'](1)"),
        ("x = «f(1).group» or 2", "x = await f(1).group() or 2"),
        ("x = f'{«self.group»}'", "x = f'{await self.group()}'"),
        ("x = [y for y in «self.group»]", "x = [y for y in await self.group()]"),
        ("«self.group».name = 1", "(await self.group()).name = 1"),
    ],
)
def test_places(before: str, after: str) -> None:
    check_transformed(f"async def f():\n    {before}\n", f"async def f():\n    {after}\n", read)


def test_one_in_another() -> None:
    check_transformed(
        "async def f():\n    return «0:«1:self.group».owner»\n",
        "async def f():\n    return await (await self.group()).owner()\n",
        lambda outer, inner: read(outer, inner),
    )


def test_refused() -> None:
    check_refused("async def f():\n    return lambda: «self.group»\n", read, "lambda")
    check_refused("async def f():\n    «self.group» = 1\n", read, "set")
    check_refused("async def f():\n    del «self.group»\n", read, "set")
    check_refused("async def f():\n    «self.group» += 1\n", read, "set")
