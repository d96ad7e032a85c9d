"""AsyncWith: all managers of one statement."""

from __future__ import annotations

from awaitify_transforms.edits import AsyncWith, Span

from .tools import check_noop, check_refused, check_transformed


def async_with(*spans: Span) -> list[AsyncWith]:
    return [AsyncWith(span=span) for span in spans]


def test_forms() -> None:
    check_transformed(
        """
        async def k():
            «with» a as b: pass
            «with»(a)as b, c() as d:
                with e:
                    «with» (f as g, h): pass
        """,
        """
        async def k():
            async with a as b: pass
            async with(a)as b, c() as d:
                with e:
                    async with (f as g, h): pass
        """,
        async_with,
    )


def test_refused() -> None:
    check_refused("async def k():\n    «async with» a: pass\n", async_with, "async already")
    check_refused("async def k():\n    «for» a in b: pass\n", async_with, "nothing to change")


def test_others_stay() -> None:
    check_noop("async def k():\n    with a: pass\n    async with b: pass\n", async_with)
