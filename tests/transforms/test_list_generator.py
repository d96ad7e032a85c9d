"""ListGenerator: a generator expression becomes a list."""

from __future__ import annotations

from awaitify_transforms.edits import AsyncComprehension, AwaitCall, Edit, ListGenerator, Span

from .tools import check_refused, check_transformed


def listed(*spans: Span) -> list[ListGenerator]:
    return [ListGenerator(span=span) for span in spans]


def test_forms() -> None:
    check_transformed(
        """
        async def k():
            a = sum(b «for» b in c)
            d = sorted((e «for» e in f if e), reverse=True)
            g = "".join(
                h  # one
                «for» h in i
            )
        """,
        """
        async def k():
            a = sum([b for b in c])
            d = sorted([e for e in f if e], reverse=True)
            g = "".join(
                [h  # one
                for h in i]
            )
        """,
        listed,
    )


def test_with_what_is_inside() -> None:
    def edits(call: Span, keyword: Span) -> list[Edit]:
        return [ListGenerator(span=keyword), AsyncComprehension(span=keyword), AwaitCall(span=call)]

    check_transformed(
        "async def k():\n    return max(«0:f(a)» «1:for» a in b())\n",
        "async def k():\n    return max([await f(a) async for a in b()])\n",
        edits,
    )


def test_refused() -> None:
    check_refused("async def k():\n    return [a «for» a in b]\n", listed, "nothing to change")
