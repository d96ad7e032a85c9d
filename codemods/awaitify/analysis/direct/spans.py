"""How long a name holds a response: up to where it is bound to something else (`answer = answer.json()`)."""

from __future__ import annotations

from tree_sitter import Node

from awaitify.analysis.direct.bindings import bindings
from awaitify.analysis.direct.handlers import CLAUSES
from awaitify.analysis.direct.model import field_of
from awaitify.project.index import Function, ancestors, is_within, text_of

#: Each from behind the statement that binds the response to the name that is bound anew, and to the end of that.
Spans = list[tuple[int, Node, int]]
LEAVES = {"break_statement", "continue_statement"}


def held(name: str, statements: list[Node], function: Function) -> Spans | None:
    """Where a name holds one of the responses that these statements bind to it; None for everywhere."""
    if any(item.how == "other" for item in bindings(name, function.file, function)):
        return None
    spans: Spans = []
    for statement in statements:
        end = _end(name, statement)
        if end is None or not _is_over(name, statement, function):
            return None
        spans.append((statement.end_byte, *end))
    return spans


def is_held(node: Node, spans: Spans | None) -> bool:
    """Whether a name at this place may be a response."""
    return spans is None or any(start <= node.start_byte < end and node != left for start, left, end in spans)


def _end(name: str, statement: Node) -> tuple[Node, int] | None:
    """The name where a statement of the same block binds it anew, whatever happens before, and where that ends."""
    following = statement.next_named_sibling
    while following is not None:
        inner = following.named_children[0] if following.type == "expression_statement" else following
        left = field_of(inner, "left") if inner.type == "assignment" else None
        if left is not None and left.type == "identifier" and text_of(left) == name:
            return left, following.end_byte
        if _leaves(following):
            return None
        following = following.next_named_sibling
    return None


def _leaves(node: Node) -> bool:
    """Whether a statement may go on elsewhere in its function, with the name as it is."""
    return node.type in LEAVES or any(
        _leaves(child) for child in node.named_children if child.type not in ("function_definition", "class_definition")
    )


def _is_over(name: str, statement: Node, function: Function) -> bool:
    """Whether an exception behind a statement leads nowhere in the function where the name is read."""
    for outer in ancestors(statement):
        if outer == function.node:
            break
        if outer.type == "with_statement" and _is_read_outside(name, outer, function):  # it may take the exception
            return False
        body = field_of(outer, "body") if outer.type == "try_statement" else None
        if body is None or not is_within(statement, body):
            continue
        reads = [node for node in function.file.named(name) if is_within(node, outer)]
        handlers = [child for child in outer.named_children if child.type in CLAUSES]
        goes_on = any(_goes_on(handler) for handler in handlers)
        if any(not is_within(node, body) for node in reads) or (goes_on and _is_read_outside(name, outer, function)):
            return False
    return True


def _goes_on(handler: Node) -> bool:
    block = next((child for child in handler.named_children if child.type == "block"), None)
    last = block.named_children[-1] if block is not None and block.named_children else None
    return last is None or last.type not in ("raise_statement", "return_statement")


def _is_read_outside(name: str, outer: Node, function: Function) -> bool:
    """Whether the name stands elsewhere in the function: behind a block, or before it in a loop."""
    return any(
        text_of(node) == name and is_within(node, function.node) and not is_within(node, outer)
        for node in function.file.names
    )
