"""MakeAsync: one word before `def`."""

from __future__ import annotations

from awaitify_transforms.edits import MakeAsync, Span

from .tools import check_noop, check_refused, check_transformed


def make_async(*spans: Span) -> list[MakeAsync]:
    return [MakeAsync(span=span) for span in spans]


def test_functions_methods_and_nested() -> None:
    check_transformed(
        """
        # é
        @router.get("/")
        # why
        def «read»(a,
                 b=1): pass
        class A:
            @dec
            @other(1)
            def «m»(self):
                def «inner»(): return m
                return inner
        """,
        """
        # é
        @router.get("/")
        # why
        async def read(a,
                 b=1): pass
        class A:
            @dec
            @other(1)
            async def m(self):
                async def inner(): return m
                return inner
        """,
        make_async,
    )


def test_refused() -> None:
    check_refused("async def «f»(): pass\n", make_async, "async already")
    check_refused("def f(): «f»()\n", make_async, "nothing to change")
    check_refused("class «f»: pass\n", make_async, "nothing to change")


def test_others_stay() -> None:
    check_noop("def f(): pass\nasync def g(): pass\n", make_async)
