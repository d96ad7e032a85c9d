"""Functions inside a function that are handed to what calls them at once: `sorted(rows, key=by_name)`."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from awaitify.analysis.loading.bindings import passed
from awaitify.analysis.loading.names import last_name, walk
from awaitify.analysis.loading.types import Types
from awaitify.project.index import Call, Function, text_of

#: They call what they are given, and keep nothing of it.
AT_ONCE = {"sorted", "min", "max", "sort"}


def callers_at_once(function: Function, types: Types) -> Iterator[Node | None]:
    """The calls that a function inside another is handed to; None for any use that may call it later."""
    outer = function.parent
    own = function.node.child_by_field_name("name")
    for node in walk(outer.node) if outer is not None else ():
        if node.type != "identifier" or text_of(node) != function.name or node == own:
            continue
        call = _handed_to(node)
        if call is None and _is_called(node):
            continue
        is_known = call is not None and outer is not None and _calls_at_once(outer, call, node, types)
        yield call if is_known else None


def _is_called(node: Node) -> bool:
    return (
        node.parent is not None and node.parent.type == "call" and node.parent.child_by_field_name("function") == node
    )


def _handed_to(node: Node) -> Node | None:
    holder = node.parent
    if holder is not None and holder.type == "keyword_argument":
        holder = holder.parent
    is_argument = holder is not None and holder.type == "argument_list"
    return holder.parent if holder is not None and is_argument else None


def _calls_at_once(function: Function, call: Node, node: Node, types: Types) -> bool:
    if last_name(call) in AT_ONCE:
        return True
    found = types.callees(function, call) if types.is_told(function, call) else []
    return bool(found) and all(_only_calls(callee, call, function, node) for callee in found)


def _only_calls(callee: Function, call: Node, function: Function, node: Node) -> bool:
    """Whether a function calls what it is given, or has it called, before it returns."""
    names = [param.name for param in callee.params
             if passed(Call(call, function.file, function), callee, param.name) == node]  # fmt: skip
    if len(names) != 1 or callee.is_generator or callee.is_async:
        return False
    body = callee.node.child_by_field_name("body")
    uses = [item for item in walk(body) if item.type == "identifier" and text_of(item) == names[0]] if body else []
    return all(_is_called(use) or last_name(_handed_to(use)) in AT_ONCE or _is_tested(use) for use in uses)


def _is_tested(node: Node) -> bool:
    """`key is None`, and the name of a keyword argument."""
    parent = node.parent
    if parent is not None and parent.type == "keyword_argument":
        return parent.child_by_field_name("name") == node
    return parent is not None and parent.type in ("comparison_operator", "not_operator", "if_statement")
