"""A generator's body runs where it is iterated, not where it is called."""

from __future__ import annotations

from tree_sitter import Node

from awaitify.project.index import Call, Function, ancestors, text_of

_CONSUMERS = {
    "list", "tuple", "set", "frozenset", "dict", "sorted", "sum", "min", "max", "any", "all", "next", "join",
    "enumerate", "zip", "map", "filter", "reversed", "extend", "update", "deque", "Counter",
}  # fmt: skip
_LOOPS = ("for_statement", "for_in_clause")


def runs_generator(call: Call, callee: Function) -> bool:
    """Whether the generator that a call makes is used up, or entered, in the same function."""
    if _is_used(call.node):
        return True
    name = _bound_to(call.node)
    home = call.function
    if not name or home is None:
        return False
    body = home.node
    return any(
        text_of(node) == name and _is_used(node)
        for node in home.file.names
        if body.start_byte <= node.start_byte < body.end_byte
    )


def _is_used(node: Node) -> bool:
    """Iterated, entered by a plain `with`, delegated to, or given to something that iterates it at once."""
    parent = node.parent
    while parent is not None and parent.type in ("parenthesized_expression", "as_pattern", "list_splat"):
        node, parent = parent, parent.parent
    if parent is None:
        return False
    if parent.type in _LOOPS:
        return parent.child_by_field_name("right") == node
    if parent.type == "with_item":
        statement = next((item for item in ancestors(parent) if item.type == "with_statement"), None)
        return statement is not None and statement.children[0].type != "async"
    if parent.type == "yield":
        return any(child.type == "from" for child in parent.children)
    if parent.type == "argument_list" and parent.parent is not None:
        callee = parent.parent.child_by_field_name("function")
        return callee is not None and text_of(callee).rpartition(".")[2] in _CONSUMERS
    return False


def _bound_to(node: Node) -> str:
    parent = node.parent
    left = parent.child_by_field_name("left") if parent is not None and parent.type == "assignment" else None
    return text_of(left) if left is not None and left.type == "identifier" else ""
