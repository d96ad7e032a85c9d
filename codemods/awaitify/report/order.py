"""The order in which routers are best converted: with the fewest functions there twice, or bridged, meanwhile."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations

from awaitify.plan_model import ProjectPlan

CHANGED = ("native", "bridged", "repaired")
EXACT = 12


@dataclass(frozen=True, slots=True)
class Order:
    """routers: in the order that is best. doubled: how many functions are there twice, or bridged, after each step."""

    routers: tuple[str, ...]
    doubled: tuple[int, ...]


def best_order(plan: ProjectPlan) -> Order:
    """The order for what is left to convert: exact for up to a dozen routers, else the best next step each time."""
    todo = sorted({route.router for route in plan.routes if route.outcome in CHANGED})
    numbers = {router: number for number, router in enumerate(todo)}
    shared: Mapping[str, list[str]] = plan.facts.get("shared", {})
    done, never = 1 << len(todo), 2 << len(todo)  # what is converted already, and what never is, count as two more
    others = {route.router: done for route in plan.routes if route.outcome == "unchanged"}
    bits = {**others, **{router: 1 << number for router, number in numbers.items()}}
    masks = Counter(_mask(users, bits, never) for users in shared.values())
    order = _exact(len(todo), masks, done) if len(todo) <= EXACT else _stepwise(len(todo), masks, done)
    state, doubled = done, []
    for number in order:
        state |= 1 << number
        doubled.append(_doubled(state, masks))
    return Order(tuple(todo[number] for number in order), tuple(doubled))


def _mask(users: Iterable[str], bits: Mapping[str, int], never: int) -> int:
    mask = 0
    for user in users:
        mask |= bits.get(user, never)
    return mask


def _doubled(state: int, masks: Mapping[int, int]) -> int:
    """How many functions some converted and some other routers use."""
    return sum(count for mask, count in masks.items() if mask & state and mask & ~state)


def _exact(size: int, masks: Mapping[int, int], done: int) -> tuple[int, ...]:
    """Of all orders the one with the smallest sum over its steps; of equals the first by name."""
    best: dict[int, tuple[int, tuple[int, ...]]] = {0: (0, ())}
    for length in range(1, size + 1):
        for chosen in combinations(range(size), length):
            state = sum(1 << number for number in chosen)
            cost, order = min((best[state ^ 1 << last][0], (*best[state ^ 1 << last][1], last)) for last in chosen)
            best[state] = cost + _doubled(state | done, masks), order
    return best[(1 << size) - 1][1]


def _stepwise(size: int, masks: Mapping[int, int], done: int) -> tuple[int, ...]:
    state, order = done, list[int]()
    while len(order) < size:
        left = [number for number in range(size) if number not in order]
        order.append(min(left, key=lambda number: (_doubled(state | 1 << number, masks), number)))
        state |= 1 << order[-1]
    return tuple(order)
