"""The `with` statements of functions that flush or commit a session as they end."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING

from tree_sitter import Node

from awaitify.project.index import Function, ancestors
from awaitify.project.nodes import with_of

if TYPE_CHECKING:
    from awaitify.analysis.effects import Effects

BEGUN = {"begin", "begin_nested"}
FLUSHES = {"commit", "flush"}


def find_endings(effects: Effects, functions: Iterable[Function]) -> dict[str, list[Node]]:
    """By the id of the function in which they stand."""
    found: dict[str, list[Node]] = defaultdict(list)
    for function in functions:
        for effect in effects.of(function):
            statement = with_of(effect.call.node)
            if statement is None:
                continue
            is_begun = effect.kind == "stays" and effect.detail.rpartition(".")[2] in BEGUN
            entered = effects.generator_managers.intersection(effect.callees)
            if is_begun or any(_flushes(item, effects) for item in entered):
                found[function.id].append(statement)
    for manager in effects.managers:
        exits = [method for method in manager.methods if method.name == "__exit__"]
        if any(_flushes(method, effects) for method in exits):
            for item, function in manager.places:
                statement = next(node for node in ancestors(item) if node.type == "with_statement")
                found[function.id].append(statement)
    return dict(found)


def _flushes(function: Function, effects: Effects) -> bool:
    """Whether a function flushes a session, itself or through what it calls."""
    todo, seen = [function], {function}
    while todo:
        for effect in effects.of(todo.pop()):
            if effect.kind in ("session", "stays") and effect.detail.rpartition(".")[2] in FLUSHES | BEGUN:
                return True
            new = set(effect.callees) - seen
            seen |= new
            todo += new
    return False
