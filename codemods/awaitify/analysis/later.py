"""Functions whose result does its work when it is read: no bridge may give such a result to the event loop."""

from __future__ import annotations

from tree_sitter import Node

from awaitify.analysis.calls import Resolution
from awaitify.analysis.lazy import WHOLE, WRAPPERS
from awaitify.analysis.loading.bindings import Bindings, bindings_of
from awaitify.analysis.values import returned
from awaitify.project.index import Function, text_of

#: What calls a function when its items are asked for; the other wrappers only pass items on.
CALLING = {"map", "filter", "starmap"}
PASSING = (WRAPPERS | {"iter", "chain", "islice", "cast"}) - CALLING
#: What holds values, or chooses between them.
PARTS = (
    "parenthesized_expression", "conditional_expression", "boolean_operator", "tuple", "expression_list", "list",
    "dictionary", "pair", "set",
)  # fmt: skip
DEPTH = 3


def goes_on_later(function: Function, resolution: Resolution, depth: int = DEPTH) -> bool:
    """Whether a function, or what the project's decorators put around it, returns an iterator that works when it is
    read: after the bridge."""
    if depth and any(goes_on_later(wrapper, resolution, depth - 1) for wrapper in function.wrappers):
        return True
    bindings = bindings_of(function)
    return any(_is_late(node, function, bindings, resolution, depth) for node in returned(function))


def _is_late(node: Node, function: Function, bindings: Bindings, resolution: Resolution, depth: int) -> bool:
    """Whether a value is, or holds, an iterator that works when it is read."""
    if node.type in ("generator_expression", "lambda"):
        return True
    if node.type == "identifier":
        values = [right for _, right in bindings.get(text_of(node), ())]
        rest = {name: found for name, found in bindings.items() if name != text_of(node)}
        return any(_is_late(value, function, rest, resolution, depth) for value in values)
    if node.type in PARTS:
        return any(_is_late(part, function, bindings, resolution, depth) for part in node.named_children)
    call = resolution.call_at(function.file, node) if node.type == "call" else None
    if call is None:
        return False
    inner = resolution.functions(call)
    if inner:
        return depth > 0 and any(item.is_generator or goes_on_later(item, resolution, depth - 1) for item in inner)
    name = text_of(call.callee).rpartition(".")[2]
    if name in CALLING:
        return True
    arguments = node.child_by_field_name("arguments")
    items = [arguments] if arguments is not None and arguments.type == "generator_expression" else call.arguments
    given = items if name in PASSING else [item for item in items if item.type != "lambda"]
    return name not in WHOLE and any(_is_late(item, function, bindings, resolution, depth) for item in given)
