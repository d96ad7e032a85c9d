"""AwaitCall: parentheses exactly where Python needs them."""

from __future__ import annotations

import pytest
from awaitify_transforms.edits import AwaitCall, Span

from .tools import check_noop, check_refused, check_transformed


def await_all(*spans: Span) -> list[AwaitCall]:
    return [AwaitCall(span=span) for span in spans]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("«f()»", "await f()"),
        ("x = «f()»", "x = await f()"),
        ("«f()».y", "(await f()).y"),
        ("«f()»[0]", "(await f())[0]"),
        ("«f()»(1)", "(await f())(1)"),
        ("«1:«0:f()».g()»", "await (await f()).g()"),
        ("x[«f()»]", "x[await f()]"),
        ("x = «f()» ** 2", "x = await f() ** 2"),
        ("x = 2 ** -«f()»", "x = 2 ** -await f()"),
        ("x = a or «f()» and 1 < «g()»", "x = a or await f() and 1 < await g()"),
        ("return(«f()»)", "return(await f())"),
        ("return «(f())»", "return (await f())"),
        ("x = «(  # c\n        (\n        f())\n    )»", "x = (  # c\n        (\n        await f())\n    )"),
        ("x = ((«f()»))", "x = ((await f()))"),
        ("x = («f()»).y", "x = (await f()).y"),
        ("x = not(«f()»)", "x = not(await f())"),
        ("x = 1 if «f()»else 2", "x = 1 if (await f())else 2"),
        ("x = [a for a in«(b).f()»if a]", "x = [a for a in(await (b).f())if a]"),
        ("x = 1 if(«f()»)else 2", "x = 1 if(await f())else 2"),
        ("return«'a'.f()»", "return(await 'a'.f())"),
        ("return«(a).f()»", "return(await (a).f())"),
        ("x = f'{«f()»}{«é()»!r:>{«w()»}}'", "x = f'{await f()}{await é()!r:>{await w()}}'"),
        ("yield («f()»)", "yield (await f())"),
        ("print(*«f()», **«g()», k=«h()»)", "print(*await f(), **await g(), k=await h())"),
        ("x = [«f(a)» for a in «g()» if «h()»]", "x = [await f(a) for a in await g() if await h()]"),
        ("x = sum(a for a in «g()»)", "x = sum(a for a in await g())"),
        ("x = (y := «f()»)", "x = (y := await f())"),
        ("x = «f(«g()»)»", "x = await f(await g())"),
        ("assert «f()», «g()»", "assert await f(), await g()"),
        ("def inner(a=«f()»): pass", "def inner(a=await f()): pass"),
        (
            "x = (\n        «a\n        .b()\n        .c()»\n    )",
            "x = (\n        await a\n        .b()\n        .c()\n    )",
        ),
    ],
)
def test_places(before: str, after: str) -> None:
    head = "async def k():\n    "
    check_transformed(head + before + "\n", head + after + "\n", await_all)


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("indent", ["  ", "\t"])
def test_newlines_and_indentation(newline: str, indent: str) -> None:
    before = f"# é\nasync def k():\n{indent}if(«f('é')»):\n{indent}{indent}return {{«g()»: 1}}  # ü\n"
    after = before.replace("«", "await ").replace("»", "")
    check_transformed(before.replace("\n", newline), after.replace("\n", newline), await_all)


@pytest.mark.parametrize(
    ("before", "reason"),
    [
        ("async def k():\n    @«dec()»\n    def f(): pass\n", "decorator"),
        ("async def k():\n    @dec(«arg()»)\n    def f(): pass\n", "decorator"),
        ("async def k():\n    x = lambda: «f()»\n", "lambda"),
        ("async def k():\n    x = f'{«f()»=}'\n", "prints its own code"),
        ("async def k():\n    await «f()»\n", "awaited already"),
        ("async def k():\n    x = («f()»)\n    y = «1»\n", "nothing to change"),
    ],
)
def test_refused(before: str, reason: str) -> None:
    check_refused(before, await_all, reason)


def test_second_await_of_one_call_is_refused() -> None:
    check_refused("async def k():\n    «f()»\n", lambda span: await_all(span, span), "second change")
    check_refused("async def k():\n    x = «0:(«1:f()»)»\n", await_all, "second change")


def test_unplanned_calls_stay() -> None:
    check_noop("async def k():\n    x = (f()).y; return(g())\n", await_all)
