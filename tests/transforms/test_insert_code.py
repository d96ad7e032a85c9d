"""InsertCode: statements beside a statement, wherever it stands."""

from __future__ import annotations

from collections.abc import Callable

from awaitify_transforms.edits import AwaitCall, Edit, InsertCode

from .tools import check_noop, check_refused, check_transformed


def insert(where: str, *codes: str) -> Callable[..., list[Edit]]:
    return lambda span, *rest: [InsertCode(span=span, code=code, where=where) for code in codes]


def test_after() -> None:
    check_transformed(
        """
        def f():
            # why
            «x = 1»  # é
            # tail
        """,
        """
        def f():
            # why
            x = 1  # é
            a()
            if b:
                c()
            d()
            # tail
        """,
        insert("after", "a()\nif b:\n    c()", "d()"),
    )


def test_before_keeps_the_comment_on_its_statement() -> None:
    check_transformed(
        """
        def f():
            y = 0

            # why
            «x = 1»
        """,
        """
        def f():
            y = 0

            a()
            # what
            b()
            # why
            x = 1
        """,
        insert("before", "a()", "# what\nb()"),
    )


def test_definition_before_a_statement_gets_an_empty_line() -> None:
    check_transformed(
        """
        def f():
            y = 0
            # why
            «x = g»
        """,
        """
        def f():
            y = 0
            def g(): pass

            # why
            x = g
        """,
        insert("before", "def g(): pass"),
    )


def test_decorated_function_keeps_its_blank_lines() -> None:
    check_transformed(
        """
        x = 1


        «@dec
        def f(): pass»
        """,
        """
        x = 1


        y = 2


        @dec
        def f(): pass


        z = 3
        """,
        lambda span: [
            InsertCode(span=span, code="y = 2", where="before"),
            InsertCode(span=span, code="\n\nz = 3", where="after"),
        ],
    )


def test_line_with_semicolons_and_suite_on_one_line() -> None:
    check_transformed("a(); «b()»; c(); d()  # e\n", "a()\nb()\nx()\nc(); d()  # e\n", insert("after", "x()"))
    check_transformed("if a: «b()»; c()\nd\n", "if a:\n    x()\n    b()\n    c()\nd\n", insert("before", "x()"))


def test_place_of_a_rewritten_statement() -> None:
    check_transformed(
        "async def f():\n  «0:x = «1:g()»»\n",
        "async def f():\n  x = await g()\n  if x:\n    y()\n",
        lambda span, call: [InsertCode(span=span, code="if x:\n    y()"), AwaitCall(span=call)],
    )


def test_refused() -> None:
    check_refused("«x = 1»\n", insert("after", "a ="), "not Python")
    check_refused("«x = 1»\n", insert("after", "# a"), "without a statement")
    check_refused("«x = 1»\n", insert("inside", "a"), "not before or after")
    check_refused("x = «1»\n", insert("after", "a"), "nothing to change")


def test_nothing_to_insert() -> None:
    check_noop("«x = 1»  # c\n", insert("after", ""))
    check_noop("# c\n«x = 1»\n", lambda span: InsertCode(span=span, code="", where="before"))


def test_definition_at_module_level_gets_two_empty_lines() -> None:
    check_transformed(
        """
        import a

        «app = a.App()»
        """,
        """
        import a


        def f(): pass


        app = a.App()
        """,
        insert("before", "def f(): pass"),
    )


def test_blank_lines_with_spaces_come_after_both_definitions() -> None:
    check_transformed(
        "class A:\n    «def f(self):\n        g()»\n        \n        \n    def h(self): ...\n",
        "class A:\n    def f(self):\n        g()\n\n    async def f_async(self):\n        g()\n        \n        \n"
        "    def h(self): ...\n",
        insert("after", "\nasync def f_async(self):\n    g()"),
    )
    check_transformed(
        "class A:\n    «def f(self):\n        g()»\n        # to be done\n    def h(self): ...\n",
        "class A:\n    def f(self):\n        g()\n        # to be done\n\n    async def f_async(self):\n        g()\n"
        "    def h(self): ...\n",
        insert("after", "\nasync def f_async(self):\n    g()"),
    )
