"""compile() decides; on syntax that this Python does not read, the grammar and the rules of await do."""

from __future__ import annotations

import pytest
from awaitify.gate.compiles import check_compiles

BAD = {
    "await in def": b"def f():\n    await g()\n",
    "await in lambda": b"async def f():\n    return lambda: await g()\n",
    "await at module level": b"await g()\n",
    "await in class body": b"async def f():\n    class A:\n        x = await g()\n",
    "async with in def": b"def f():\n    async with g():\n        pass\n",
    "async for in def": b"def f():\n    async for x in g():\n        pass\n",
    "async comprehension in def": b"def f():\n    return [x async for x in g()]\n",
    "yield from in async def": b"async def f():\n    yield from g()\n",
    "return of a value in an async generator": b"async def f():\n    yield 1\n    return 2\n",
}
GOOD = {
    "await": b"async def f():\n    return [await g(x) for x in await h() if await k(x)]\n",
    "await in default": b"async def f():\n    def g(x=await h()): ...\n",
    "bare return in an async generator": b"async def f():\n    yield 1\n    return\n",
    "return in nested def": b"async def f():\n    yield 1\n    def g():\n        return 2\n",
    "await in a generator expression of a def": b"def f():\n    return (await x for x in y)\n",
}
UNREAD = b"\nprint(a b)\n"  # stands for syntax that this Python refuses: it refused it before as well


@pytest.mark.parametrize("name", BAD)
def test_bad_text_is_found(name: str) -> None:
    (finding,) = check_compiles({"m.py": BAD[name]}, {"m.py": b"x = 1\n"})
    assert finding.rule == "compile" and finding.path == "m.py"


@pytest.mark.parametrize("name", BAD)
def test_bad_text_is_found_where_this_python_cannot_read_the_file(name: str) -> None:
    (finding,) = check_compiles({"m.py": BAD[name] + UNREAD}, {"m.py": UNREAD})
    assert (finding.rule == "compile" and "outside" in finding.message) or "async" in finding.message


@pytest.mark.parametrize("name", GOOD)
def test_good_text_passes_both_ways(name: str) -> None:
    assert check_compiles({"m.py": GOOD[name]}, {"m.py": b""}) == []
    assert check_compiles({"m.py": GOOD[name] + UNREAD}, {"m.py": UNREAD}) == []


def test_a_new_syntax_error_is_found_without_compile() -> None:
    findings = check_compiles({"m.py": UNREAD + b"def (:\n"}, {"m.py": UNREAD})
    assert [item.message for item in findings] == ["the text no longer parses"]


def test_a_new_file_must_compile() -> None:
    (finding,) = check_compiles({"m.py": b"x =\n"}, {})
    assert finding.line == 1
