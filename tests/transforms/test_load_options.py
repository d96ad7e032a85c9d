"""LoadOptions: a query gets loader options right behind its root."""

from __future__ import annotations

from awaitify_transforms.edits import Edit, LoadOptions, SelectQuery, Span

from .tools import check_refused, check_transformed


def load(span: Span) -> LoadOptions:
    return LoadOptions(span=span, options=("selectinload(A.b)",))


def load_legacy(span: Span) -> list[Edit]:
    return [SelectQuery(span=span), LoadOptions(span=span, options=("selectinload(A.b)", "selectinload(A.c)"))]


def test_forms() -> None:
    check_transformed(
        "q = «select(A)»\n",
        "q = select(A).options(selectinload(A.b))\n",
        load,
    )
    check_transformed(
        "q = («select(A)».where(x))\n",
        "q = (select(A).options(selectinload(A.b)).where(x))\n",
        load,
    )
    check_transformed(
        "q = «db.query(A)».filter(x)\n",
        "q = select(A).options(selectinload(A.b), selectinload(A.c)).filter(x)\n",
        load_legacy,
    )


def test_several_lines() -> None:
    check_transformed(
        """
        q = (
            «select(A)»  # all of them
            .where(x)
            .order_by(y)
        )
        """,
        """
        q = (
            select(A)
            .options(selectinload(A.b))  # all of them
            .where(x)
            .order_by(y)
        )
        """,
        load,
    )


def test_refused() -> None:
    check_refused("q = «select(A)»\n", lambda span: LoadOptions(span=span, options=()), "no loader option")
