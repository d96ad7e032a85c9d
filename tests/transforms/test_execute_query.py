"""ExecuteQuery: each consumer, each shape, and the layout of chains."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from awaitify_transforms.edits import Edit, ExecuteQuery, SelectQuery

from .tools import check_noop, check_refused, check_transformed

HEAD = "async def k():\n    "
Build = Callable[..., list[Edit]]


def execute(consumer: str, **options: Any) -> Build:
    """Marks: 0 the terminal call, 1 its receiver, 2 the call of query, then the criteria."""

    def build(call: Any, query: Any, select: Any = None, *criteria: Any) -> list[Edit]:
        edits: list[Edit] = [
            ExecuteQuery(span=call, query=query, consumer=consumer, session="db", criteria=criteria, **options)
        ]
        return [*edits, SelectQuery(span=select)] if select else edits

    return build


CHAIN = "«0:«1:«2:db.query(E)».filter(é)».{}()»"
SELECT = "select(E).filter(é)"


@pytest.mark.parametrize(
    ("method", "shape", "after"),
    [
        ("first", "entity", "await db.scalar({}.limit(1))"),
        ("first", "column", "(await db.execute({}.limit(1))).first()"),
        ("first", "rows", "(await db.execute({}.limit(1))).first()"),
        ("all", "entity", "(await db.scalars({})).unique().all()"),
        ("all", "column", "(await db.execute({})).all()"),
        ("all", "rows", "(await db.execute({})).unique().all()"),
        ("one", "entity", "(await db.scalars({})).unique().one()"),
        ("one", "column", "(await db.execute({})).one()"),
        ("one_or_none", "rows", "(await db.execute({})).unique().one_or_none()"),
        ("scalar", "entity", "(await db.scalars({})).unique().one_or_none()"),
        ("scalar", "column", "(await db.execute({})).scalar_one_or_none()"),
        ("scalar", "rows", "(await db.execute({})).unique().scalar_one_or_none()"),
        ("scalar", "aggregate", "await db.scalar({})"),
        ("count", "entity", "await db.scalar(select(func.count()).select_from({}.subquery()))"),
    ],
)
def test_consumers(method: str, shape: str, after: str) -> None:
    build = execute(method, shape=shape)
    check_transformed(f"{HEAD}x = {CHAIN.format(method)}\n", f"{HEAD}x = {after.format(SELECT)}\n", build)


def test_not_unique() -> None:
    build = execute("all", unique=False)
    check_transformed(f"{HEAD}x = {CHAIN.format('all')}\n", f"{HEAD}x = (await db.scalars({SELECT})).all()\n", build)


@pytest.mark.parametrize(
    ("before", "consumer", "after"),
    [
        ("x = «0:«1:q».count()».y", "count", "x = (await db.scalar(select(func.count()).select_from(q.subquery()))).y"),
        ("return(«0:«1:q».first()»)", "first", "return(await db.scalar(q.limit(1)))"),
        ("x = («0:«1:q».first()»).y", "first", "x = (await db.scalar(q.limit(1))).y"),
        ("x = «0:«1:(a or b)».first()»", "first", "x = await db.scalar((a or b).limit(1))"),
        ("x = «0:«1:q».first()»if a else b", "first", "x = (await db.scalar(q.limit(1)))if a else b"),
        ("x = «0:«1:q».one()»if a else b", "one", "x = (await db.scalars(q)).unique().one()if a else b"),
        ("return(«0:«1:q».all()»)", "all", "return(await db.scalars(q)).unique().all()"),
        ("x = «0:db.query(«1:q».exists()).scalar()»", "exists", "x = await db.scalar(select(q.exists()))"),
        ("x = «0:«1:«2:db.query(q.exists())»».scalar()»", "exists", "x = await db.scalar(select(q.exists()))"),
    ],
)
def test_places(before: str, consumer: str, after: str) -> None:
    check_transformed(f"{HEAD}{before}\n", f"{HEAD}{after}\n", execute(consumer))


@pytest.mark.parametrize(
    ("shape", "after"),
    [("entity", "(await db.scalars(select(E))).unique()"), ("column", "await db.execute(select(E))")],
)
def test_iterate(shape: str, after: str) -> None:
    build = execute("iterate", shape=shape)
    for loop in ("for a in {}: pass", "x = [a for a in {}]", "x = list({})"):
        marked = loop.format("«0:«1:«2:db.query(E)»»»")
        check_transformed(f"{HEAD}{marked}\n", f"{HEAD}{loop.format(after)}\n", build)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x = «0:«1:«2:db.query(E)»».get(pk)»", "x = await db.get(E, pk)"),
        ("x = «0:«1:«2:db.query(E)»».get((a, b))».c", "x = (await db.get(E, (a, b))).c"),
        ("x = «0:«1:«2:db.query(E)».options(o, p)».get(pk)»", "x = await db.get(E, pk, options=[o, p])"),
        ("x = «0:«1:«2:db.query(E)».with_for_update()».get(pk)»", "x = await db.get(E, pk, with_for_update=True)"),
        ("x = «0:«1:«2:db.query(E)»».get(\n        pk\n    )»", "x = await db.get(\n        E,\n        pk\n    )"),
    ],
)
def test_get(before: str, after: str) -> None:
    check_transformed(f"{HEAD}{before}\n", f"{HEAD}{after}\n", execute("get", entity="E"))


@pytest.mark.parametrize(
    ("before", "consumer", "after"),
    [
        ("«0:«1:«2:db.query(E)»».delete()»", "delete", "await db.execute(delete(E))"),
        ("n = «0:«1:«2:db.query(E)»».delete()»", "delete", "n = (await db.execute(delete(E))).rowcount"),
        (
            "«0:«1:«2:db.query(E)».filter(«3:E.a == 1»).filter_by(«4:b=c»)».delete(synchronize_session=False)»",
            "delete",
            "await db.execute(delete(E).where(E.a == 1, E.b == c).execution_options(synchronize_session=False))",
        ),
        (
            "n = «0:«1:«2:db.query(E)».filter(«3:E.a == 1»)».update({'a': 1}, 'fetch')» + 1",
            "update",
            "n = (await db.execute(update(E).where(E.a == 1).values({'a': 1})"
            ".execution_options(synchronize_session='fetch'))).rowcount + 1",
        ),
    ],
)
def test_changes(before: str, consumer: str, after: str) -> None:
    check_transformed(f"{HEAD}{before}\n", f"{HEAD}{after}\n", execute(consumer, entity="E"))


def test_other_names_of_functions() -> None:
    build = execute("delete", entity="m.E", delete="sa.delete")
    check_transformed(f"{HEAD}«0:«1:q».delete()»\n", f"{HEAD}await db.execute(sa.delete(m.E))\n", build)


def test_parenthesised_chain_keeps_lines_and_comments() -> None:
    check_transformed(
        """
        async def k():
            x = (
                «0:«1:«2:db.query(E)»
                # why
                .filter(
                    a,  # é
                )»
                # last
                .all()»
            )
        """,
        """
        async def k():
            x = (
                await db.scalars(
                    select(E)
                    # why
                    .filter(
                        a,  # é
                    )
                    # last
                )
            ).unique().all()
        """,
        execute("all"),
    )


def test_chain_of_lines_inside_other_brackets() -> None:
    check_transformed(
        """
        async def k():
            x = f(
                «0:«1:«2:db.query(E)»
                .filter(a)»
                .first()».y
            )
        """,
        """
        async def k():
            x = f(
                (await db.scalar(select(E)
                .filter(a)
                .limit(1))).y
            )
        """,
        execute("first"),
    )


@pytest.mark.parametrize(
    ("before", "consumer", "reason"),
    [
        ("x = «0:«1:q».first()»", "frist", "unknown consumer"),
        ("x = «0:«1:q».first(1)»", "first", "with arguments"),
        ("x = «0:first(«1:q»)»", "first", "not a call of first"),
        ("x = «0:«1:db.query(E).filter(a)».get(pk)»", "get", "get after filter"),
        ("x = «0:«1:q».update()»", "update", "update without values"),
        ("x = «0:«1:q».delete(a=1)»", "delete", "has no place"),
        ("x = lambda: «0:«1:q».first()»", "first", "lambda"),
        ("x = «0:q.first()» + «1:1 »", "first", "no expression at bytes"),
    ],
)
def test_refused(before: str, consumer: str, reason: str) -> None:
    check_refused(f"{HEAD}{before}\n", execute(consumer, entity="E"), reason)


def test_others_stay() -> None:
    check_noop("def k(db):\n    return (db.query(E)\n        .first())\n", lambda: [])


@pytest.mark.parametrize(
    ("index", "options", "after"),
    [
        ("0", {}, "(await db.scalars(q.limit(1))).unique().all()[0]"),
        ("0", {"narrowed": True, "unique": False}, "(await db.scalars(q.slice(0, 1))).all()[0]"),
        ("3", {"shape": "column"}, "(await db.execute(q.slice(3, 4))).all()[0]"),
        ("a.b", {}, "(await db.scalars(q.slice(a.b, (a.b) + 1))).unique().all()[0]"),
        (":2", {}, "(await db.scalars(q.limit(2))).unique().all()"),
        (":2", {"narrowed": True}, "(await db.scalars(q.slice(None, 2))).unique().all()"),
        ("a:", {}, "(await db.scalars(q.offset(a))).unique().all()"),
        ("1:3", {}, "(await db.scalars(q.slice(1, 3))).unique().all()"),
        ("a:a + b", {}, "(await db.scalars(q.slice(a, max(a, a + b)))).unique().all()"),
        (":", {}, "(await db.scalars(q)).unique().all()"),
        ("0:4:2", {}, "(await db.scalars(q.slice(0, 4))).unique().all()[::2]"),
    ],
)
def test_indices_and_slices(index: str, options: dict[str, Any], after: str) -> None:
    check_transformed(f"{HEAD}x = «0:«1:q»[{index}]»\n", f"{HEAD}x = {after}\n", execute("getitem", **options))


def test_membership_and_streams() -> None:
    check_transformed(
        f"{HEAD}x = a in «0:«1:q»»\n", f"{HEAD}x = a in (await db.scalars(q)).unique().all()\n", execute("contains")
    )
    build = execute("iterate", stream=True, unique=False)
    check_transformed(f"{HEAD}x = f(«0:«1:q»»)\n", f"{HEAD}x = f(await db.stream_scalars(q))\n", build)


def test_bulk_form_of_a_variable() -> None:
    build = execute("delete", entity="E", stored=True)
    check_transformed(f"{HEAD}«0:«1:q».delete()»\n", f"{HEAD}await db.execute(delete(E).where(q.whereclause))\n", build)
