"""Services converted router by router, in several orders, with nothing done twice."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import permutations
from pathlib import Path

from awaitify.config import Settings
from awaitify.pipeline import analysed

from .pipeline_tools import contents, write_service

Tree = dict[str, bytes]
Key = tuple[tuple[str, bytes], ...]


class Steps:
    """The trees that steps lead to. orders: those that will be asked for; routers by their file."""

    def __init__(self, root: Path, files: dict[str, str], orders: Iterable[tuple[str, ...]]) -> None:
        self.root = write_service(root, files)
        self.first = contents(self.root)
        self.next: dict[frozenset[str], set[str]] = defaultdict(set)
        for order in orders:
            for number, router in enumerate(order):
                self.next[frozenset(order[:number])].add(router)
        self.known: dict[Key, dict[str, Tree]] = defaultdict(dict)

    def tree(self, done: tuple[str, ...]) -> Tree:
        """The tree after these routers, in this order. One analysis of a tree serves every next step from there."""
        if not done:
            return self.first
        before = self.tree(done[:-1])
        found = self.known[tuple(before.items())]
        if done[-1] not in found:
            self.write(before)
            with analysed(self.root, Settings()) as plan:
                for router in self.next[frozenset(done[:-1])] - found.keys():
                    result = plan(Settings(routers=(router,)))
                    found[router] = dict(sorted({**before, **result.after}.items()))
        return found[done[-1]]

    def write(self, tree: Tree) -> None:
        """Puts a tree into the folder."""
        for path in self.root.rglob("*.py"):
            if path.relative_to(self.root).as_posix() not in tree:
                path.unlink()
        for name, data in tree.items():
            (self.root / name).parent.mkdir(parents=True, exist_ok=True)
            (self.root / name).write_bytes(data)


def sampled_orders(routers: tuple[str, ...], count: int, between: int) -> list[tuple[str, ...]]:
    """Orders drawn by lot that share their way: after each step there are at most so many sets of routers done. Every
    router is first in some order, and last in some."""
    lot = random.Random(5)
    everything = frozenset(routers)
    layers = [{everything - {router} for router in routers}]
    while len(layers) < len(routers) - 2:
        below = sorted({tuple(sorted(done - {router})) for done in layers[0] for router in done})
        layers.insert(0, set(map(frozenset, lot.sample(below, min(between, len(below))))))
    layers.insert(0, {frozenset([router]) for router in routers})
    orders = [order for order in permutations(routers) if _is_within(order, layers)]
    chosen = lot.sample(orders, min(count, len(orders)))
    assert len(chosen) == count
    assert {order[0] for order in chosen} == {order[-1] for order in chosen} == everything
    return chosen


def _is_within(order: tuple[str, ...], layers: list[set[frozenset[str]]]) -> bool:
    return all(frozenset(order[: number + 1]) in layer for number, layer in enumerate(layers))


def trees(steps: Steps, orders: Iterable[tuple[str, ...]]) -> Iterator[tuple[tuple[str, ...], Tree]]:
    """Each different tree, with the routers that led there first."""
    seen: set[Key] = set()
    for order in orders:
        for number in range(1, len(order) + 1):
            tree = steps.tree(order[:number])
            if tuple(tree.items()) not in seen:
                seen.add(tuple(tree.items()))
                yield order[:number], tree
