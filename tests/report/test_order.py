"""The order of conversion that keeps the fewest functions twice."""

from __future__ import annotations

from itertools import permutations

import pytest
from awaitify.plan_model import ProjectPlan, RouteOutcome
from awaitify.report.order import EXACT, best_order


def plan(shared: list[str], ready: str, done: str = "") -> ProjectPlan:
    """A plan of routers with names of one letter; shared: for each function the routers that use it."""
    routes = [
        RouteOutcome("GET", f"/{name}", name, name, 1, name, "sync", "async", "unchanged" if name in done else "native")
        for name in ready + done
    ]
    return ProjectPlan(routes=tuple(routes), facts={"shared": {str(n): list(users) for n, users in enumerate(shared)}})


def doubled(order: tuple[str, ...], shared: list[str]) -> list[int]:
    """How many functions some of the converted routers use, and some others, after each step."""
    steps = [(set(order[:number]), set(order[number:])) for number in range(1, len(order) + 1)]
    return [sum(bool(a & set(users)) and bool(b & set(users)) for users in shared) for a, b in steps]


@pytest.mark.parametrize("shared", [["ab", "bc", "cd", "de"], ["ad", "ad", "be", "ce", "abc"], ["abcde"], []])
def test_no_order_is_better(shared: list[str]) -> None:
    best = best_order(plan(shared, "edcba"))
    assert list(best.doubled) == doubled(best.routers, shared)
    assert sum(best.doubled) == min(sum(doubled(order, shared)) for order in permutations("abcde"))


def test_what_is_converted_comes_first() -> None:
    best = best_order(plan(["xc", "cb", "ba"], "abc", done="x"))
    assert (best.routers, best.doubled) == (("c", "b", "a"), (1, 1, 0))


def test_with_many_routers_the_next_step_is_the_best() -> None:
    names = "abcdefghijklmnop"
    shared = [a + b for a, b in zip(names[::2], names[1::2], strict=True)]
    best = best_order(plan(shared, names))
    assert len(names) > EXACT
    assert (best.routers, sum(best.doubled)) == (tuple(names), len(shared))


def test_what_is_left_has_no_place_in_the_order() -> None:
    route = RouteOutcome("GET", "/", "f", "f.py", 1, "f.py", "sync", "sync", "left")
    assert best_order(ProjectPlan(routes=(route,), facts={})).routers == ()
