"""Every shape of a forgotten or wrong await is found, and its correct twin is not reported. Runs the real checker."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from awaitify.gate.awaits import AsyncNames, check_awaits
from awaitify.resolve.ty_server import TyServer

HERE = Path(__file__).parent
PRELUDE = """import asyncio
import functools
from functools import partial
from typing import Annotated
from fastapi import BackgroundTasks, Depends, FastAPI
from sqlalchemy.ext.asyncio import AsyncSession
import shapes_lib
from shapes_lib import *
"""


def _shapes() -> dict[str, tuple[str, str]]:
    """name to (wrong, right)."""
    parts = re.split(r"^# (.+)\n", (HERE / "shapes.txt").read_text(), flags=re.MULTILINE)[1:]
    shapes = {}
    for name, text in zip(parts[::2], parts[1::2], strict=True):
        wrong, right = text.split("---\n")
        shapes[name] = (wrong, right)
    return shapes


SHAPES = _shapes()
# What no static check of references can see; they are here so that the limit stays known.
OUT_OF_REACH = {
    "dynamic getattr": "async def f(name):\n    getattr(service, name)(1)\n",
    "globals": 'async def f():\n    globals()["load"](1)\n',
}


def _module(name: str, side: str) -> str:
    return f"m_{re.sub(r'[^a-z]+', '_', name)}_{side}.py"


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """Module name to the rules of its findings, all shapes checked in one run."""
    root = tmp_path_factory.mktemp("shapes").resolve()
    texts = {"shapes_lib.py": (HERE / "shapes_lib.py.txt").read_text()}
    texts["shapes_reexport.py"] = "from shapes_lib import load\nfrom shapes_lib import load as renamed\n"
    for name, (wrong, right) in SHAPES.items():
        texts[_module(name, "wrong")] = PRELUDE + wrong
        texts[_module(name, "right")] = PRELUDE + right
    for name, text in OUT_OF_REACH.items():
        texts[_module(name, "wrong")] = PRELUDE + text
    files = {root / name: text.encode() for name, text in texts.items()}
    for path, text in files.items():
        path.write_bytes(text)
    with TyServer(root, [root], Path(sys.prefix)) as oracle:
        findings = check_awaits(files, oracle, AsyncNames(frozenset()), lambda name: False)
    result: dict[str, list[str]] = {name: [] for name in texts}
    for item in findings:
        result[Path(item.path).name].append(f"{item.rule}: {item.message}")
    return result


@pytest.mark.parametrize("name", SHAPES)
def test_wrong_shape_is_found(name: str, found: dict[str, list[str]]) -> None:
    assert found[_module(name, "wrong")]


@pytest.mark.parametrize("name", SHAPES)
def test_correct_twin_is_not_reported(name: str, found: dict[str, list[str]]) -> None:
    assert found[_module(name, "right")] == []


@pytest.mark.parametrize("name", OUT_OF_REACH)
def test_known_limits(name: str, found: dict[str, list[str]]) -> None:
    assert found[_module(name, "wrong")] == []


def test_the_helpers_themselves_are_clean(found: dict[str, list[str]]) -> None:
    assert found["shapes_lib.py"] == [] and found["shapes_reexport.py"] == []
