"""AsyncComprehension: one clause."""

from __future__ import annotations

from awaitify_transforms.edits import AsyncComprehension, Span

from .tools import check_noop, check_refused, check_transformed


def async_clause(*spans: Span) -> list[AsyncComprehension]:
    return [AsyncComprehension(span=span) for span in spans]


def test_forms() -> None:
    check_transformed(
        """
        async def k():
            x = [a «for» a in b]
            x = {a: 1 for é in y «for» a in b if a}
            x = [(a)«for» a in b]
            x = [
                a  # c
                «for» a in b
            ]
        """,
        """
        async def k():
            x = [a async for a in b]
            x = {a: 1 for é in y async for a in b if a}
            x = [(a) async for a in b]
            x = [
                a  # c
                async for a in b
            ]
        """,
        async_clause,
    )


def test_refused() -> None:
    check_refused("async def k():\n    [a «async for» a in b]\n", async_clause, "async already")
    check_refused("async def k():\n    «for» a in b: pass\n", async_clause, "nothing to change")


def test_others_stay() -> None:
    check_noop("async def k():\n    x = [a for a in b], (a async for a in b)\n", async_clause)
