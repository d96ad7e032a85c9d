"""What blocks where no decorator and no call shows it: `property(f)`, descriptors, `singledispatch`, `__missing__`,
unpacking, membership of a display, and a function that is handed over under another name."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..pipeline_tools import app, converted, outcomes, write_service  # noqa: TID252

SLOW = """
import time
from functools import singledispatch


def wait(x=1):
    time.sleep(0.01)
    return x


class Old:
    def _total(self):
        return wait(9)

    total = property(_total)
    plain = property(lambda self: 1)


class Younger(Old):
    pass


class Waiting:
    def __get__(self, owner, kind=None):
        return wait(5)


class Quick:
    def __get__(self, owner, kind=None):
        return 5


class Holder:
    slow = Waiting()
    quick = Quick()


class Filled(dict):
    def __missing__(self, key):
        return wait(key)


class Row:
    def __iter__(self):
        wait()
        yield 1
        yield 2

    def __eq__(self, other):
        return wait(other) == 1

    def __hash__(self):
        return 1


@singledispatch
def shown(value):
    return "?"


@shown.register
def _(value: int):
    return wait(value)


@singledispatch
def named(value):
    return "?"


@named.register
def _(value: int):
    return "int"
"""
IMPORTS = "from app import slow\nfrom app.slow import wait as doze\nfrom app.slow import shown as show"
BODY = """
@app.get("/read")
def read():
    row = slow.Row()
    old = slow.Younger()
    holder = slow.Holder()
    return READ
"""
WAITING = [
    "old.total", "slow.Younger().total", "holder.slow", 'slow.Filled()["a"]', "row in [1, 2]", "slow.Row() in (1, 2)",
    "1 in [row]", "list(map(doze, [1]))",
]  # fmt: skip
BRIDGED = ["slow.shown(3)", "show(3)"]
PLAIN = ["old.plain", "holder.quick", "slow.named(3)", "1 in [1, 2]"]


OUTCOMES = {
    **dict.fromkeys(WAITING, "left"), **dict.fromkeys(BRIDGED, "bridged"), **dict.fromkeys(PLAIN, "native"),
}  # fmt: skip


@pytest.mark.parametrize(("read", "outcome"), OUTCOMES.items())
def test_what_waits_is_found(read: str, outcome: str, tmp_path: Path) -> None:
    found = outcomes(
        converted(write_service(tmp_path, {"app/slow.py": SLOW, **app(BODY.replace("READ", read), IMPORTS)}))
    )
    assert found["GET /read"] == outcome


def test_unpacking_iterates(tmp_path: Path) -> None:
    body = BODY.replace("return READ", "first, *rest = row\n    return first")
    found = outcomes(converted(write_service(tmp_path, {"app/slow.py": SLOW, **app(body, IMPORTS)})))
    assert found["GET /read"] == "left"
