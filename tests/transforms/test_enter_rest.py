"""EnterRest: an assignment opens a block over the rest of its own."""

from __future__ import annotations

from awaitify_transforms.edits import AwaitCall, Edit, EnterRest, InsertCode, Rename, Span

from .tools import check_refused, check_transformed


def entered(span: Span) -> EnterRest:
    return EnterRest(span=span, name="s3")


def test_the_rest_goes_inside() -> None:
    before = '''
        async def f(a):
            """What f does."""
            if a:
                # The client.
                «s3 = client("s3")»  # once

                # Puts it.
                s3.put(a, """
            kept
            """)
                for item in a:
                    s3.put(item)
                return s3
            return 1
        '''
    after = '''
        async def f(a):
            """What f does."""
            if a:
                # The client.
                async with client("s3") as s3:  # once
                    # Puts it.
                    s3.put(a, """
            kept
            """)
                    for item in a:
                        s3.put(item)
                    return s3
            return 1
        '''
    check_transformed(before, after, entered)


def test_annotations_go_and_nothing_may_follow() -> None:
    check_transformed(
        "async def f():\n    «s3: Client = client()»\n",
        "async def f():\n    async with client() as s3:\n        pass\n",
        entered,
    )


def test_other_changes_of_the_block_come_first() -> None:
    def edits(statement: Span, callee: Span, call: Span, last: Span) -> list[Edit]:
        return [
            entered(statement), Rename(span=callee, new="open_client"), AwaitCall(span=call),
            InsertCode(span=statement, where="before", code="b = 1"), InsertCode(span=last, code="c = 1"),
        ]  # fmt: skip

    check_transformed(
        "async def f():\n    a = 1\n    «0:s3 = «1:client»(«2:g()»)»\n    «3:return s3»\n",
        "async def f():\n    a = 1\n    b = 1\n    async with open_client(await g()) as s3:\n"
        "        return s3\n        c = 1\n",
        edits,
    )


def test_two_in_one_block() -> None:
    check_transformed(
        "async def f():\n    «s3 = f()»\n    «sts = g()»\n    h(s3, sts)\n",
        "async def f():\n    async with f() as s3:\n        async with g() as sts:\n            h(s3, sts)\n",
        lambda one, two: [EnterRest(span=one, name="s3"), EnterRest(span=two, name="sts")],
    )


def test_refused() -> None:
    check_refused("async def f():\n    «s3 = other = client()»\n", entered, "no statement assigns to s3 alone")
    check_refused("async def f():\n    «s3 = client()»; a = 1\n", entered, "no statement assigns to s3 alone")
