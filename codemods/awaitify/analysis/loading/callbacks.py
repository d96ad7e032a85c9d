"""Functions inside a function that are handed to what calls them at once: `sorted(rows, key=by_name)`."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from awaitify.analysis.loading.bindings import passed
from awaitify.analysis.loading.names import last_name, walk
from awaitify.analysis.loading.running_places import gone_through
from awaitify.analysis.loading.types import Types
from awaitify.project.expressions import is_callee
from awaitify.project.index import Call, Function, ancestors, text_of

#: They call what they are given, and keep nothing of it.
AT_ONCE = {"sorted", "min", "max", "sort"}
#: What it gives calls what it is given.
WRAPPING = {"cmp_to_key"}


def callers_at_once(function: Function, types: Types) -> Iterator[Node | None]:
    """The calls that a function inside another is handed to; None for any use that may call it later."""
    outer = function.parent
    own = function.node.child_by_field_name("name")
    for node in walk(outer.node) if outer is not None else ():
        if node.type != "identifier" or text_of(node) != function.name or node == own:
            continue
        call = _handed_to(node)
        if call is None and is_callee(node):
            continue
        is_known = call is not None and outer is not None and _calls_at_once(outer, call, node, types)
        is_known = is_known and outer is not None and _is_now(node, outer.node)
        yield call if is_known else None


def _handed_to(node: Node) -> Node | None:
    holder = node.parent
    if holder is not None and holder.type == "keyword_argument":
        holder = holder.parent
    is_argument = holder is not None and holder.type == "argument_list"
    call = holder.parent if holder is not None and is_argument else None
    return _handed_to(call) if call is not None and last_name(call) in WRAPPING else call


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
    return all(_is_tested(use) or _is_run(use, callee.node) for use in uses)


def _is_run(use: Node, home: Node, seen: tuple[int, ...] = ()) -> bool:
    """Whether the function that a name stands for is called before another returns, and nothing else comes of it."""
    return (is_callee(use) or last_name(_handed_to(use)) in AT_ONCE) and _is_now(use, home, seen)


def _is_now(node: Node, home: Node, seen: tuple[int, ...] = ()) -> bool:
    """Whether what stands in a function runs before that returns, not in something that it keeps or hands on."""
    for item in ancestors(node):
        if item == home:
            return True
        if item.type == "generator_expression" and gone_through(item) is None:
            return False
        if item.type == "lambda" and last_name(_handed_to(item)) not in AT_ONCE:
            return False
        if item.type == "function_definition" and item.id not in seen and not _runs(item, home, (*seen, item.id)):
            return False
    return False


def _runs(inner: Node, home: Node, seen: tuple[int, ...]) -> bool:
    """Whether a function inside another runs before that returns, or not at all."""
    name = inner.child_by_field_name("name")
    is_plain = inner.children[0].type == "def" and not any(item.type == "yield" for item in walk(inner))
    is_plain &= inner.parent is not None and inner.parent.type != "decorated_definition"
    named = [item for item in walk(home) if item.type == "identifier" and name is not None and item.text == name.text]
    return is_plain and all(item == name or _is_run(item, home, seen) for item in named)


def _is_tested(node: Node) -> bool:
    """`key is None`, and the name of a keyword argument."""
    parent = node.parent
    if parent is not None and parent.type == "keyword_argument":
        return parent.child_by_field_name("name") == node
    return parent is not None and parent.type in ("comparison_operator", "not_operator", "if_statement")
