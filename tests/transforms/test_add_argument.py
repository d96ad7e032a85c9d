"""AddArgument: one more argument before the others."""

from __future__ import annotations

from awaitify_transforms.edits import AddArgument, AwaitCall, Edit, Span

from .tools import check_noop, check_refused, check_transformed


def build(*spans: Span) -> list[Edit]:
    return [AddArgument(span=span, code="self.db") for span in spans]


def test_forms() -> None:
    check_transformed(
        """
        «f()»
        x = «m.f(é, page=1)»
        «f(
            q,  # why
        )»
        «f(*a)»
        """,
        """
        f(self.db)
        x = m.f(self.db, é, page=1)
        f(
            self.db,
            q,  # why
        )
        f(self.db, *a)
        """,
        build,
    )


def test_before_await() -> None:
    check_transformed(
        "async def k():\n    x = «f(q)».items\n",
        "async def k():\n    x = (await f(db, q)).items\n",
        lambda span: [AwaitCall(span=span), AddArgument(span=span, code="db")],
    )


def test_refused() -> None:
    check_refused("«f»\n", build, "nothing to change")


def test_others_stay() -> None:
    check_noop("f(x)\n", build)


def test_keywords() -> None:
    check_transformed(
        """
        «f()»
        «f(x=1)»
        «f(a, *b, x=1)»
        «f(a,)»
        «f(a, **kw)»
        «f(
            a,  # why
            x=1,
        )»
        """,
        """
        f(verify=tls)
        f(verify=tls, x=1)
        f(a, *b, verify=tls, x=1)
        f(a, verify=tls,)
        f(a, verify=tls, **kw)
        f(
            a,  # why
            verify=tls,
            x=1,
        )
        """,
        lambda *spans: [AddArgument(span=span, code="tls", keyword="verify") for span in spans],
    )
