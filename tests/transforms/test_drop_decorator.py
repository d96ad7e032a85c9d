"""DropDecorator: a property becomes a method."""

from __future__ import annotations

from awaitify_transforms.edits import DropDecorator, MakeAsync, Span

from .tools import check_refused, check_transformed


def drop(*spans: Span) -> list[DropDecorator]:
    return [DropDecorator(span=span, code="property") for span in spans]


def test_comments_stay() -> None:
    check_transformed(
        """
        class A:
            # why
            @property
            def «a»(self):
                return 1

            @property  # é
            # really
            def «b»(self):
                return 2
        """,
        """
        class A:
            # why
            def a(self):
                return 1

            # é
            # really
            def b(self):
                return 2
        """,
        drop,
    )


def test_together_with_async() -> None:
    check_transformed(
        "class A:\n    @property\n    def «a»(self): return 1\n",
        "class A:\n    async def a(self): return 1\n",
        lambda span: [*drop(span), MakeAsync(span=span)],
    )


def test_refused() -> None:
    check_refused("class A:\n    def «a»(self): return 1\n", drop, "is not the decorator")
    check_refused("class A:\n    @cache\n    def «a»(self): return 1\n", drop, "is not the decorator")
    check_refused("class A:\n    @property\n    @wait\n    def «a»(self): return 1\n", drop, "is not the decorator")
