"""Functions that return several values at once: `return engine, factory`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tree_sitter import Node

from awaitify.analysis.values import FACTORY, factory_class, returned, value_classes
from awaitify.project.index import File, Function

if TYPE_CHECKING:
    from awaitify.analysis.calls import Resolution

TUPLE = "builtins.tuple"
TUPLES = ("tuple", "expression_list")
PATTERNS = ("pattern_list", "tuple_pattern")


def tuple_class(resolution: Resolution, file: File, node: Node) -> str:
    """The class of a tuple with those of its parts, where at least one is known."""
    parts = zip(node.named_children, value_classes(resolution, file, node.named_children), strict=True)
    names = [
        factory_class(resolution, file, item) if part == {FACTORY} else next(iter(part)) if len(part) == 1 else ""
        for item, part in parts
    ]
    if not any(names) or any(item.type == "list_splat" for item in node.named_children):
        return TUPLE
    return f"{TUPLE}[{', '.join(name or 'typing.Any' for name in names)}]"


def one_class(classes: set[str]) -> set[str]:
    """Tuples of several forms are no more than tuples."""
    return {TUPLE} if len(classes) > 1 and all(name.partition("[")[0] == TUPLE for name in classes) else classes


def part_classes(resolution: Resolution, function: Function) -> set[str]:
    """The classes of all that a function returns in tuples."""
    items = [item for value in returned(function) if value.type in TUPLES for item in value.named_children]
    return set[str]().union(*value_classes(resolution, function.file, items))
