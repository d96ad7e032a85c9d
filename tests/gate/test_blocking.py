"""Blocking calls on the loop are found by what they mean; threads and nested functions are left alone."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from awaitify.gate.blocking import check_blocking
from awaitify.resolve.ty_server import TyServer

HEAD = "import asyncio\nimport time\nfrom time import sleep as nap\n"
FOUND = {
    "direct": "async def f():\n    time.sleep(1)\n",
    "aliased": "async def f():\n    nap(1)\n",
    "in a comprehension": "async def f(xs):\n    return [nap(x) for x in xs]\n",
    "in a method": "class A:\n    async def f(self):\n        time.sleep(1)\n",
    "as an argument": "async def f():\n    await asyncio.sleep(time.sleep(1) or 0)\n",
}
LEFT = {
    "plain def": "def f():\n    time.sleep(1)\n",
    "thread": "async def f():\n    await asyncio.to_thread(time.sleep, 1)\n",
    "lambda in a thread": "async def f():\n    await asyncio.to_thread(lambda: time.sleep(1))\n",
    "nested def in a thread": "async def f():\n    def g():\n        time.sleep(1)\n    await asyncio.to_thread(g)\n",
    "another sleep": "async def f():\n    await asyncio.sleep(1)\n",
    "same name": "async def f(time):\n    time.sleep(1)\n",
}


def _findings(tmp_path: Path, source: str) -> list[str]:
    root = tmp_path.resolve()
    path = root / "m.py"
    path.write_text(HEAD + source)
    with TyServer(root, [root], Path(sys.prefix)) as oracle:
        found = check_blocking({path: path.read_bytes()}, oracle, lambda name, _: name == "time.sleep")
    return [item.rule for item in found]


@pytest.mark.parametrize("name", FOUND)
def test_found(name: str, tmp_path: Path) -> None:
    assert _findings(tmp_path, FOUND[name]) == ["blocking-call"]


@pytest.mark.parametrize("name", LEFT)
def test_left_alone(name: str, tmp_path: Path) -> None:
    assert _findings(tmp_path, LEFT[name]) == []
