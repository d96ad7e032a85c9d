"""SelectQuery: `session.query(...)` becomes `select(...)`."""

from __future__ import annotations

from awaitify_transforms.edits import SelectQuery, Span

from .tools import check_noop, check_refused, check_transformed


def select(*spans: Span) -> list[SelectQuery]:
    return [SelectQuery(span=span) for span in spans]


def test_forms() -> None:
    check_transformed(
        """
        q = «db.query(A, B.é)».filter(x)
        q = («self.db.query(
            A,  # c
        )»)
        q = «db.query([A, B])»
        q = «db.query(*columns)»
        """,
        """
        q = select(A, B.é).filter(x)
        q = (select(
            A,  # c
        ))
        q = select(A, B)
        q = select(*columns)
        """,
        select,
    )


def test_another_name() -> None:
    check_transformed(
        "q = «db.query(A)»\n", "q = sa.select(A)\n", lambda span: SelectQuery(span=span, select="sa.select")
    )


def test_refused() -> None:
    check_refused("q = «query(A)»\n", select, "not a call of a session's query")
    check_refused("q = «db.query»(A)\n", select, "nothing to change")


def test_others_stay() -> None:
    check_noop("q = db.query(A).filter(x)\n", select)
