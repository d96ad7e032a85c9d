"""Comparisons with None that decide too much: a `Column`, or a result that is annotated too narrowly, is never None for
the checker, which then says nothing of the code behind."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from tree_sitter import Node

from awaitify.project.index import Call, Function
from awaitify.resolve.model import Insertion


def undecided(unknown: Iterable[Call]) -> set[Function]:
    """The functions in which a call that does not resolve stands behind a comparison with None."""
    last: dict[Function, int] = defaultdict(int)
    for call in unknown:
        if call.function is not None:
            last[call.function] = max(last[call.function], call.node.start_byte)
    return {function for function, at in last.items() if any(node.start_byte < at for node in _compared(function.node))}


def openings(function: Function) -> Iterator[Insertion]:
    """What makes both branches of a function's comparisons with None possible: `(x or None) is None`."""
    for node in _compared(function.node):
        yield Insertion(node.start_byte, "(")
        yield Insertion(node.end_byte, " or None)")


def _compared(node: Node) -> Iterator[Node]:
    """The names and attributes that a function's own code compares with None by identity."""
    for child in node.named_children:
        if child.type in ("function_definition", "class_definition", "lambda"):
            continue
        values = child.named_children
        is_compared = child.type == "comparison_operator" and len(values) == 2 and values[1].type == "none"
        is_named = bool(values) and values[0].type in ("identifier", "attribute")
        if is_compared and is_named and any(item.type in ("is", "is not") for item in child.children):
            yield values[0]
        yield from _compared(child)
