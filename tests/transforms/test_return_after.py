"""ReturnAfter: a statement about what is returned, before it is."""

from __future__ import annotations

from awaitify_transforms.edits import AwaitCall, Edit, ReturnAfter, Span

from .tools import check_refused, check_transformed

CODE = "await db.run_sync(show)"


def after(*spans: Span) -> list[ReturnAfter]:
    return [ReturnAfter(span=span, code=CODE, name="found" if number == 0 else "") for number, span in enumerate(spans)]


def test_forms() -> None:
    check_transformed(
        """
        async def read(a):
            if a:
                # The newest.
                «return first(a)»  # one

            «return a»
        """,
        """
        async def read(a):
            if a:
                # The newest.
                found = first(a)
                await db.run_sync(show)
                return found  # one

            await db.run_sync(show)
            return a
        """,
        after,
    )


def test_what_is_returned_is_changed_first() -> None:
    def edits(statement: Span, call: Span) -> list[Edit]:
        return [ReturnAfter(span=statement, code=CODE, name="found"), AwaitCall(span=call)]

    check_transformed(
        "async def read(a):\n    «0:return «1:b(a)»»\n",
        "async def read(a):\n    found = await b(a)\n    await db.run_sync(show)\n    return found\n",
        edits,
    )


def test_a_result_is_read_before() -> None:
    def edits(statement: Span, call: Span) -> list[Edit]:
        return [ReturnAfter(span=statement, code=CODE, name="found", read="all"), AwaitCall(span=call)]

    check_transformed(
        "async def read(a):\n    «0:return «1:b(a)»»\n",
        "async def read(a):\n    found = (await b(a)).all()\n    await db.run_sync(show)\n    return found\n",
        edits,
    )


def test_refused() -> None:
    check_refused("async def read(a):\n    «return»\n", after, "no `return` of a value")
    check_refused("async def read(a):\n    «a()»\n", after, "no `return` of a value")
