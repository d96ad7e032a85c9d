"""Two blank lines around a new function or class at the top level."""

from __future__ import annotations

from tree_sitter import Node

from awaitify.formatting.pieces import parser

DEFINITIONS = {"function_definition", "class_definition"}


def spaced(before: bytes, after: bytes) -> bytes:
    """after, with two blank lines between a top-level definition that before does not have and what follows it."""
    known = {_name(node) for node in parser().parse(before).root_node.named_children}
    lines = after.splitlines(keepends=True)
    for node in reversed(parser().parse(after).root_node.named_children):
        name, following = _name(node), node.next_named_sibling
        if not name or name in known or following is None:
            continue
        gap = following.start_point.row - node.end_point.row - 1
        if 0 <= gap < 2:
            newline = b"\r\n" if lines[node.end_point.row].endswith(b"\r\n") else b"\n"
            lines.insert(node.end_point.row + 1, newline * (2 - gap))
    return b"".join(lines)


def _name(node: Node) -> bytes:
    """The name that a statement defines, or nothing."""
    inner = node.child_by_field_name("definition") if node.type == "decorated_definition" else node
    if inner is None or inner.type not in DEFINITIONS:
        return b""
    name = inner.child_by_field_name("name")
    return name.text or b"" if name is not None else b""
