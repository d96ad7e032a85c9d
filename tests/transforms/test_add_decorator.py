"""AddDecorator: one line above the function."""

from __future__ import annotations

from awaitify_transforms.edits import AddDecorator, MakeAsync, Span

from .tools import check_refused, check_transformed


def add(*spans: Span) -> list[AddDecorator]:
    return [AddDecorator(span=span, code="pytest.mark.anyio") for span in spans]


def test_above_those_that_are_there() -> None:
    check_transformed(
        """
        # why
        def «test_a»(): pass

        class TestB:
            # é
            @pytest.mark.slow  # really
            def «test_b»(self):
                pass
        """,
        """
        # why
        @pytest.mark.anyio
        def test_a(): pass

        class TestB:
            # é
            @pytest.mark.anyio
            @pytest.mark.slow  # really
            def test_b(self):
                pass
        """,
        add,
    )


def test_together_with_async() -> None:
    check_transformed(
        "def «test_a»(): pass\n",
        "@pytest.mark.anyio\nasync def test_a(): pass\n",
        lambda span: [*add(span), MakeAsync(span=span)],
    )


def test_refused() -> None:
    check_refused("@pytest.mark.anyio\ndef «test_a»(): pass\n", add, "already")
    check_refused("def f(): «f»()\n", add, "nothing to change")
    check_refused("def «f»(): pass\n", lambda span: AddDecorator(span=span, code="a b"), "not an expression")


def test_a_class_gets_one_too() -> None:
    before = "@marked\nclass «TestA»(Base):\n    pass\n"
    check_transformed(before, f"@pytest.mark.anyio\n{before}".replace("«", "").replace("»", ""), add)
