"""Functions that return several values at once: `return engine, factory`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from awaitify.analysis.values import returned, value_classes
from awaitify.project.index import Function

if TYPE_CHECKING:
    from awaitify.analysis.calls import Resolution

TUPLE = "builtins.tuple"
TUPLES = ("tuple", "expression_list")
PATTERNS = ("pattern_list", "tuple_pattern")


def one_class(classes: set[str]) -> set[str]:
    """Tuples of several forms are no more than tuples."""
    return {TUPLE} if len(classes) > 1 and all(name.partition("[")[0] == TUPLE for name in classes) else classes


def part_classes(resolution: Resolution, function: Function) -> set[str]:
    """The classes of all that a function returns in tuples."""
    items = [item for value in returned(function) if value.type in TUPLES for item in value.named_children]
    return set[str]().union(*value_classes(resolution, function.file, items))
