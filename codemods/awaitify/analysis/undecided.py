"""Comparisons with None that decide too much: a `Column`, or a result that is annotated too narrowly, is never None for
the checker, which then says nothing of the code behind. Nor does it of what stands behind a return."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from tree_sitter import Node

from awaitify.project.index import Call, Function, ancestors
from awaitify.resolve.model import Insertion

IDENTITY, EQUALITY = ("is", "is not"), ("==", "!=")
CONDITIONS = ("if_statement", "elif_clause", "while_statement", "if_clause", "conditional_expression")
JUMPS = ("return_statement", "raise_statement", "break_statement", "continue_statement")
#: What runs only where a condition that stands behind it is true.
TURNED = ("conditional_expression", "dictionary_comprehension", "generator_expression", "list_comprehension",
          "set_comprehension")  # fmt: skip


def undecided(unknown: Iterable[Call]) -> set[Function]:
    """The functions in which a call that does not resolve runs after a comparison with None, or after a jump."""
    places: dict[Function, list[int]] = defaultdict(list)
    for call in unknown:
        if call.function is not None:
            places[call.function].append(call.node.start_byte)
    return {
        function
        for function, at in places.items()
        if any(_decides(node, at) for node in _compared(function.node))
        or any(node.end_byte <= place < end for node, end in _jumps(function.node) for place in at)
    }


def _decides(node: Node, places: list[int]) -> bool:
    """Whether code at one of these places runs after a comparison."""
    around = [item for item in ancestors(node) if item.type in TURNED]
    return node.start_byte < max(places) or any(
        item.start_byte <= place < item.end_byte for item in around for place in places
    )


def openings(function: Function) -> Iterator[Insertion]:
    """What makes both branches of a function's comparisons with None possible: `(x or None) is None`; and what lets
    its code go on after a jump: `if __debug__: return x`."""
    for node in _compared(function.node):
        yield Insertion(node.start_byte, "(")
        yield Insertion(node.end_byte, " or None)")
    for node, _ in _jumps(function.node):
        yield Insertion(node.start_byte, "if __debug__: ")


def _compared(node: Node) -> Iterator[Node]:
    """The names and attributes that a function's own code compares with None."""
    for child in node.named_children:
        if child.type in ("function_definition", "class_definition", "lambda"):
            continue
        values = child.named_children
        is_compared = child.type == "comparison_operator" and len(values) == 2 and values[1].type == "none"
        is_named = bool(values) and values[0].type in ("identifier", "attribute")
        if is_compared and is_named and _is_told(child):
            yield values[0]
        yield from _compared(child)


def _is_told(comparison: Node) -> bool:
    """Whether a comparison gives True or False: what is equal to None may be a part of a query, but in a condition."""
    kinds = {item.type for item in comparison.children}
    if kinds.intersection(IDENTITY):
        return True
    around = comparison.parent
    while around is not None and around.type in ("boolean_operator", "not_operator", "parenthesized_expression"):
        around = around.parent
    return bool(kinds.intersection(EQUALITY)) and around is not None and around.type in CONDITIONS


def _jumps(node: Node) -> Iterator[tuple[Node, int]]:
    """The jumps of a function's own code that stand before other statements of their block, and where that ends."""
    for child in node.named_children:
        if child.type in ("function_definition", "class_definition", "lambda"):
            continue
        later = child.next_named_sibling
        while later is not None and later.type == "comment":
            later = later.next_named_sibling
        if child.type in JUMPS and later is not None and _is_first_of_line(child):
            yield child, node.end_byte
        yield from _jumps(child)


def _is_first_of_line(node: Node) -> bool:
    """Whether a statement of a block stands at the start of a line, not behind a colon or a semicolon."""
    before = node.prev_sibling or (node.parent.prev_sibling if node.parent is not None else None)
    return before is not None and before.end_point[0] < node.start_point[0]
