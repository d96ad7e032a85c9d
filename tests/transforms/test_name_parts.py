"""NameParts: parts of a statement that wait get names before it."""

from __future__ import annotations

from awaitify_transforms.edits import AwaitCall, Edit, NameParts, ReplaceExpression, Span

from .tools import check_refused, check_transformed


def named(statement: Span, place: Span, part: Span, *calls: Span) -> list[Edit]:
    return [
        NameParts(span=statement, names=("context",), parts=(part,)),
        ReplaceExpression(span=place, code="await db.run_sync(lambda _: {0})", holes=(place,)),
        *(AwaitCall(span=call) for call in calls),
    ]


def test_a_dictionary_moves_with_its_lines() -> None:
    check_transformed(
        """
        async def page(db):
            if db:
                # What it shows.
                «0:return «1:shown(
                    "a.html",
                    «2:{
                        # all of them
                        "count": «3:count(db)»,
                        "text": '''
                one''',

                        "other": [
                            1,
                        ],
                    }»,
                    status=200,  # always
                )»»  # end
        """,
        """
        async def page(db):
            if db:
                # What it shows.
                context = {
                    # all of them
                    "count": await count(db),
                    "text": '''
                one''',

                    "other": [
                        1,
                    ],
                }
                return await db.run_sync(lambda _: shown(
                    "a.html",
                    context,
                    status=200,  # always
                ))  # end
        """,
        named,
    )


def test_a_part_on_the_line_of_the_statement() -> None:
    check_transformed(
        "async def page(db):\n    a = 1; «0:x = «1:shown('a', at=«2:{'n': «3:n(db)»}»)»»\n",
        "async def page(db):\n    a = 1\n    context = {'n': await n(db)}\n"
        "    x = await db.run_sync(lambda _: shown('a', at=context))\n",
        named,
    )


def test_two_parts() -> None:
    def edits(statement: Span, first: Span, second: Span) -> list[Edit]:
        calls = [AwaitCall(span=first), AwaitCall(span=second)]
        return [NameParts(span=statement, names=("found", "other"), parts=(first, second)), *calls]

    check_transformed(
        "async def f(a, b):\n    «0:return shown(«1:a()», «2:b()»)»\n",
        "async def f(a, b):\n    found = await a()\n    other = await b()\n    return shown(found, other)\n",
        edits,
    )


def test_refused() -> None:
    def edits(statement: Span, part: Span) -> list[Edit]:
        return [NameParts(span=statement, names=("found",), parts=(part,)), ReplaceExpression(span=statement, code="1")]

    check_refused("async def f(a):\n    «0:shown(«1:a()»)»\n", edits, "does not hold")
