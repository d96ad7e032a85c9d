"""BuildQuery: builders of a query that a select spells otherwise."""

from __future__ import annotations

import pytest
from awaitify_transforms.edits import BuildQuery, Span

from .tools import check_noop, check_refused, check_transformed

FORMS = [
    ("q.with_entities(A.x, é)", {"form": "method", "name": "with_only_columns"}, "q.with_only_columns(A.x, é)"),
    ("q.filter_by(x=1, y=a or b)", {"form": "filter_by", "entity": "E"}, "q.where(E.x == 1, E.y == (a or b))"),
    (
        "q.filter_by(x=1, **more)",
        {"form": "filter_by", "entity": "m.E"},
        "q.where(m.E.x == 1, *[getattr(m.E, name) == value for name, value in more.items()])",
    ),
    (
        "q.populate_existing()",
        {"form": "option", "name": "populate_existing"},
        "q.execution_options(populate_existing=True)",
    ),
    ("q.yield_per(n)", {"form": "option", "name": "yield_per"}, "q.execution_options(yield_per=n)"),
    ("q.reset_joinpoint()", {"form": "drop"}, "q"),
    ("q.statement", {"form": "drop"}, "q"),
    ("(q.statement)", {"form": "drop"}, "(q)"),
    ("q.union(a, *b)", {"form": "union", "name": "union"}, "union(q, a, *b)"),
    (
        "q.union_all(a)",
        {"form": "union", "name": "sa.union_all", "entity": "E", "aliased": "orm.aliased"},
        "select(orm.aliased(E, sa.union_all(q, a).subquery()))",
    ),
    (
        "q.union(a)",
        {"form": "union", "name": "union", "entity": "E", "alias": "both"},
        "select(both := aliased(E, union(q, a).subquery()))",
    ),
]


@pytest.mark.parametrize(("before", "options", "after"), FORMS)
def test_forms(before: str, options: dict[str, str], after: str) -> None:
    check_transformed(f"x = «{before}».all()\n", f"x = {after}.all()\n", lambda span: BuildQuery(span=span, **options))


def test_lines_and_comments_stay() -> None:
    check_transformed(
        """
        x = (
            «q.join(B)  # why
            .filter_by(
                x=1,  # this
            )»
            .all()
        )
        """,
        """
        x = (
            q.join(B)  # why
            .where(
                B.x == 1,  # this
            )
            .all()
        )
        """,
        lambda span: BuildQuery(span=span, form="filter_by", entity="B"),
    )


def test_refused() -> None:
    def build(span: Span) -> BuildQuery:
        return BuildQuery(span=span, form="filter_by", entity="E")

    check_refused("«f(a)»\n", build, "not a call of a query's method")
    check_refused("«q.filter_by(a)»\n", build, "has no name")
    check_refused("«q.x(a)»\n", lambda span: BuildQuery(span=span, form="other"), "unknown form")


def test_others_stay() -> None:
    check_noop("q.with_entities(A)\n", lambda: [])
