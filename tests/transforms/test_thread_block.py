"""ThreadBlock: a block moves into a function that runs in a thread once."""

from __future__ import annotations

from collections.abc import Callable
from textwrap import indent

import pytest
from awaitify_transforms.edits import ThreadBlock

from .tools import check_noop, check_refused, check_transformed


def thread(*outputs: str) -> Callable[..., list[ThreadBlock]]:
    return lambda *spans: [
        ThreadBlock(span=span, runner="asyncio.to_thread", name="read", outputs=outputs) for span in spans
    ]


def test_outputs() -> None:
    check_transformed(
        """
        async def f(path):
            x = 1

            # why
            «with open(path) as file:
                a = file.read()
                b = [c for c in a if c != x]»
            return a, b
        """,
        """
        async def f(path):
            x = 1

            def read():
                # why
                with open(path) as file:
                    a = file.read()
                    b = [c for c in a if c != x]
                return a, b

            a, b = await asyncio.to_thread(read)
            return a, b
        """,
        thread("a", "b"),
    )


def test_no_outputs_and_its_own_loop() -> None:
    check_transformed(
        """
        async def f(rows):
            «for row in rows:
                if not row: continue
                total = 0
                total += row
                def g(): return total
                g()
                break»
        """,
        """
        async def f(rows):
            def read():
                for row in rows:
                    if not row: continue
                    total = 0
                    total += row
                    def g(): return total
                    g()
                    break

            await asyncio.to_thread(read)
        """,
        thread(),
    )


@pytest.mark.parametrize(
    ("block", "reason"),
    [
        ("with a: await b()", "awaits"),
        ("async with a: pass", "awaits"),
        ("with a: yield b", "yields"),
        ("with a: return b", "returns"),
        ("with a: break", "leaves a loop"),
        ("with a: total += 1", "reads total before"),
        ("with a: total = total + 1", "reads total before"),
        ("with a: name, b = f(name), 1", "reads name before"),
        ("with a:\n        x = [y for _ in z]\n        y = 1", "reads y before"),
        ("with a:\n        global x", "global"),
        ("with a: pass", "does not bind out"),
    ],
)
def test_refused(block: str, reason: str) -> None:
    outputs = ("out",) if "bind out" in reason else ()
    check_refused("async def f():\n  while 1:\n" + indent(f"«{block}»", "    ") + "\n", thread(*outputs), reason)


def test_others_stay() -> None:
    check_noop("async def f():\n    with open(a) as b:\n        return b\n", thread())
