"""AddParameter: one more parameter before the others."""

from __future__ import annotations

import pytest
from awaitify_transforms.edits import AddParameter, Span

from .tools import check_noop, check_refused, check_transformed

FORMS = [
    ("def «f»(q): pass", "def f(db, q): pass"),
    ("def «f»(): pass", "def f(db): pass"),
    ("def «f»(*, é=1): pass", "def f(db, *, é=1): pass"),
    ("def «f»(a, /, b): pass", "def f(db, a, /, b): pass"),
    ("class A:\n    def «f»(self): pass", "class A:\n    def f(self, db): pass"),
    ("class A:\n    def «f»(self, q): pass", "class A:\n    def f(self, db, q): pass"),
    ("class A:\n    @staticmethod\n    def «f»(q): pass", "class A:\n    @staticmethod\n    def f(db, q): pass"),
    ("class A:\n    def g(self):\n        def «f»(q): pass", "class A:\n    def g(self):\n        def f(db, q): pass"),
    (
        "def «f»(\n    q,  # why\n    page=1,\n): pass",
        "def f(\n    db,\n    q,  # why\n    page=1,\n): pass",
    ),
]


@pytest.mark.parametrize(("before", "after"), FORMS)
def test_forms(before: str, after: str) -> None:
    check_transformed(f"{before}\n", f"{after}\n", lambda span: AddParameter(span=span, name="db"))


def test_annotation() -> None:
    check_transformed(
        "def «f»(q: Query): pass\n",
        "def f(db: AsyncSession, q: Query): pass\n",
        lambda span: AddParameter(span=span, name="db", annotation="AsyncSession"),
    )


def test_refused() -> None:
    def build(span: Span) -> AddParameter:
        return AddParameter(span=span, name="db")

    check_refused("def «f»(q, db): pass\n", build, "a parameter db is there already")


def test_others_stay() -> None:
    check_noop("def f(q): pass\n", lambda: [])
