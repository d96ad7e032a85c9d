"""ReplaceExpression: code with holes, in the parentheses that the place needs."""

from __future__ import annotations

import pytest
from awaitify_transforms.edits import AwaitCall, Edit, ReplaceExpression, Span

from .tools import check_noop, check_refused, check_transformed


@pytest.mark.parametrize(
    ("before", "code", "after"),
    [
        ("x = «f(«a»)»", "await g({0})", "x = await g(a)"),
        ("x = «f(«a»)».y", "await g({0})", "x = (await g(a)).y"),
        ("x = («f(«a»)»).y", "await g({0})", "x = (await g(a)).y"),
        ("x = «f(«a + b»)»", "{0}.c", "x = (a + b).c"),
        ("x = «f(«a + b»)»", "g({0}, k={0})", "x = g(a + b, k=a + b)"),
        ("x = «f(«a»)» * 2", "1 + {0}", "x = (1 + a) * 2"),
        ("x = «f(«lambda: 1»)»", "{0} or 1", "x = (lambda: 1) or 1"),
        ("x: «S[«a»]» | None = y", "A | {0}", "x: A | a | None = y"),
        ("x = b | «f(«a»)»", "1 | {0}", "x = b | (1 | a)"),
        ("x = not(«f(«a»)»)", "a == {0}", "x = not(a == a)"),
        ("print(«f(«a»)», 1)", "a, {0}", "print((a, a), 1)"),
        ("x = «f(\n        «a\n        + b»\n    )»", "await {0}", "x = await (a\n        + b)"),
        ("x = f'{«f(«a»)»}'", "await g({0})", "x = f'{await g(a)}'"),
    ],
)
def test_places(before: str, code: str, after: str) -> None:
    head = "async def k():\n    "
    check_transformed(
        head + before + "\n",
        head + after + "\n",
        lambda span, hole: ReplaceExpression(span=span, code=code, holes=(hole,)),
    )


def test_holes_are_rewritten_nodes() -> None:
    def build(span: Span, hole: Span) -> list[Edit]:
        return [ReplaceExpression(span=span, code="[item async for item in {0}]", holes=(hole,)), AwaitCall(span=hole)]

    before = "async def k():\n    x = «list(«f()»)»\n"
    check_transformed(before, "async def k():\n    x = [item async for item in (await f())]\n", build)


@pytest.mark.parametrize(
    ("code", "reason"), [("a b", "not an expression"), ("g()", "no place for 0"), ("{0}; 1", "not an expression")]
)
def test_refused_code(code: str, reason: str) -> None:
    before = "async def k():\n    x = «f(«a»)»\n"
    check_refused(before, lambda span, hole: ReplaceExpression(span=span, code=code, holes=(hole,)), reason)


def test_refused_places() -> None:
    check_refused("x = «f(a)»\n", lambda span: ReplaceExpression(span=span, code="{0}", holes=((0, 3),)), "bytes 0-3")
    await_it = "async def k():\n    x = lambda: «f()»\n"
    check_refused(await_it, lambda span: ReplaceExpression(span=span, code="await g()"), "lambda")


def test_others_stay() -> None:
    check_noop("x = (f(a))\n", lambda: [])
    check_noop("x = («f(«a»)»)\n", lambda span, hole: ReplaceExpression(span=span, code="f({0})", holes=(hole,)))
