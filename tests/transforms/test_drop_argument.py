"""DropArgument: one keyword argument less."""

from __future__ import annotations

from awaitify_transforms.edits import DropArgument, Edit, Span

from .tools import check_refused, check_transformed


def build(*spans: Span) -> list[Edit]:
    return [DropArgument(span=span, name="verify") for span in spans]


def test_forms() -> None:
    check_transformed(
        """
        «f(verify=False)»
        x = «m.f(é, verify=a.b, page=1)»
        «f(a, verify=False)»
        «f(
            q,  # why
            verify=False,
        )»
        «f(
            verify=False,
            timeout=5
        )»
        «f(
            timeout=5,  # why
            verify=False
        )»
        """,
        """
        f()
        x = m.f(é, page=1)
        f(a)
        f(
            q,  # why
        )
        f(
            timeout=5
        )
        f(
            timeout=5  # why
        )
        """,
        build,
    )


def test_another_call_is_refused() -> None:
    check_refused("«f(a)»", build, "no argument verify=")
