"""YieldEach: `yield from` becomes a loop."""

from __future__ import annotations

from awaitify_transforms.edits import AwaitCall, Edit, Span, YieldEach

from .tools import check_refused, check_transformed


def each(*spans: Span) -> list[YieldEach]:
    return [YieldEach(span=span, name="item", asynchronous=number == 0) for number, span in enumerate(spans)]


def test_forms() -> None:
    check_transformed(
        """
        async def rows(a):
            # The first ones.
            «yield from first(a)»  # all
            if a:
                «yield from [1, 2]»
        """,
        """
        async def rows(a):
            # The first ones.
            async for item in first(a):
                yield item  # all
            if a:
                for item in [1, 2]:
                    yield item
        """,
        each,
    )


def test_what_is_read_is_changed_first() -> None:
    def edits(statement: Span, call: Span) -> list[Edit]:
        return [YieldEach(span=statement, name="item", asynchronous=True), AwaitCall(span=call)]

    check_transformed(
        "async def rows(a):\n    «0:yield from first(«1:b(a)»)»\n",
        "async def rows(a):\n    async for item in first(await b(a)):\n        yield item\n",
        edits,
    )


def test_refused() -> None:
    check_refused("async def rows(a):\n    «x = yield from b(a)»\n", each, "no `yield from`")
    check_refused("async def rows(a):\n    «yield a»\n", each, "no `yield from`")
