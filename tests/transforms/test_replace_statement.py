"""ReplaceStatement: other statements in its place, or none."""

from __future__ import annotations

from collections.abc import Callable

from awaitify_transforms.edits import InsertCode, ReplaceStatement

from .tools import check_noop, check_refused, check_transformed


def replace(code: str) -> Callable[..., list[ReplaceStatement]]:
    return lambda *spans: [ReplaceStatement(span=span, code=code) for span in spans]


def test_replaced() -> None:
    check_transformed(
        """
        def f():

            # why
            «yield from a()»  # é
            return
        """,
        """
        def f():

            # why
            for item in a():
                yield item
            return
        """,
        replace("for item in a():\n    yield item"),
    )
    check_transformed("«x = 1»  # c\n", "a = 1\nb = 2  # c\n", replace("a = 1\nb = 2"))
    check_transformed("«with a:\n    pass»\n", "b\n", replace("b"))


def test_removed() -> None:
    check_transformed("a = 1\n# c\n«b = 2»\nc = 3\n", "a = 1\nc = 3\n", replace(""))
    check_transformed("if a:\n    «b = 2»\nc = 3\n", "if a:\n    pass\nc = 3\n", replace(""))
    check_transformed("if a: «b = 2»\nc = 3\n", "if a:\n    pass\nc = 3\n", replace(""))
    check_transformed("a = 1; «b = 2»; c = 3\n", "a = 1\nc = 3\n", replace(""))


def test_with_an_insertion() -> None:
    check_transformed(
        "«x = 1»\n",
        "y = 1\nz = 1\n",
        lambda span: [InsertCode(span=span, code="z = 1"), ReplaceStatement(span=span, code="y = 1")],
    )


def test_refused() -> None:
    check_refused("«x = 1»\n", replace("a ="), "not Python")
    check_refused("x = «1»\n", replace("a"), "nothing to change")
    check_refused("«0:x = 1»\n", lambda s: replace("a")(s, s), "second change")


def test_same_code_changes_nothing() -> None:
    check_noop("# c\n«x = 1»  # d\n", replace("x = 1"))
