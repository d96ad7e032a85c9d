"""WrapStatement: a statement gets an `async with` block of its own."""

from __future__ import annotations

from awaitify_transforms.edits import AwaitCall, Edit, InsertCode, Span, WrapStatement

from .tools import check_refused, check_transformed


def wrapped(span: Span) -> WrapStatement:
    return WrapStatement(span=span, code="httpx.AsyncClient(timeout=None)", name="client")


def test_comments_and_layout_stay() -> None:
    before = '''
        async def f(a):
            """What f does."""

            # The answer.
            «response = client.get(
                a,  # where
                headers={"A": "b"},
            )»  # once
            return response
        '''
    after = '''
        async def f(a):
            """What f does."""

            # The answer.
            async with httpx.AsyncClient(timeout=None) as client:
                response = client.get(
                    a,  # where
                    headers={"A": "b"},
                )  # once
            return response
        '''
    check_transformed(before, after, wrapped)


def test_other_changes_of_the_statement_come_first() -> None:
    def edits(statement: Span, call: Span) -> list[Edit]:
        return [wrapped(statement), AwaitCall(span=call), InsertCode(span=statement, code="c = 1")]

    check_transformed(
        "async def f():\n    «0:return «1:client.get()».json()»\n",
        "async def f():\n    async with httpx.AsyncClient(timeout=None) as client:\n"
        "        return (await client.get()).json()\n    c = 1\n",
        edits,
    )


def test_a_line_of_several_statements_and_a_suite() -> None:
    check_transformed(
        "async def f():\n    a = 1; «client.get()»; b = 1\n",
        "async def f():\n    a = 1\n    async with httpx.AsyncClient(timeout=None) as client:\n"
        "        client.get()\n    b = 1\n",
        wrapped,
    )
    check_transformed(
        "async def f():\n    if a: «client.get()»\n",
        "async def f():\n    if a:\n        async with httpx.AsyncClient(timeout=None) as client:\n"
        "            client.get()\n",
        wrapped,
    )


def test_refused() -> None:
    def broken(span: Span) -> WrapStatement:
        return WrapStatement(span=span, code="a b", name="client")

    check_refused("async def f():\n    «client.get()»\n", broken, "not an expression: a b")
