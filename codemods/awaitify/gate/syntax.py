"""Small tree-sitter helpers that the checks share. Offsets are bytes; rows count from 0, lines from 1."""

from __future__ import annotations

from collections.abc import Iterator

import tree_sitter_python
from tree_sitter import Language, Node, Parser, Query, QueryCursor

LANGUAGE = Language(tree_sitter_python.language())
_FUNCTIONS = Query(LANGUAGE, "[(function_definition) (lambda)] @scope")
SCOPES = frozenset({"function_definition", "lambda"})


def parse(text: bytes) -> Node:
    """The module node of a source text."""
    return Parser(LANGUAGE).parse(text).root_node


def code(node: Node | None) -> str:
    """The source of a node, empty for None."""
    return node.text.decode("utf-8", "replace") if node is not None and node.text is not None else ""


def line(node: Node) -> int:
    """The line on which a node starts, from 1."""
    return node.start_point.row + 1


def captures(query: Query, node: Node, name: str) -> list[Node]:
    """The nodes that a query captured under one name, in source order."""
    found = QueryCursor(query).captures(node).get(name, [])
    return sorted(found, key=lambda item: item.start_byte)


def function_nodes(root: Node) -> list[Node]:
    """Every `def`, `async def` and lambda of a module, outer ones first."""
    return captures(_FUNCTIONS, root, "scope")


def is_async(node: Node) -> bool:
    """Does this def, with, for or comprehension clause begin with `async`?"""
    return bool(node.children) and node.children[0].type == "async"


def ancestors(node: Node) -> Iterator[Node]:
    """The parents of a node, nearest first."""
    parent = node.parent
    while parent is not None:
        yield parent
        parent = parent.parent


def scope_of(node: Node) -> Node | None:
    """The nearest def or lambda whose body holds the node; None at module level or in a class body.

    Decorators, defaults and annotations are evaluated outside of the function they belong to."""
    child = node
    for parent in ancestors(node):
        if parent.type in SCOPES and child == parent.child_by_field_name("body"):
            return parent
        if parent.type == "class_definition" and child == parent.child_by_field_name("body"):
            return None
        child = parent
    return None


def def_of(node: Node) -> Node | None:
    """The nearest def (lambdas looked through) whose body holds the node."""
    scope = scope_of(node)
    while scope is not None and scope.type == "lambda":
        scope = scope_of(scope)
    return scope


def qualname(node: Node | None) -> str:
    """The dotted name of a def inside its module: `Service.load`, `outer.inner`."""
    names: list[str] = []
    while node is not None:
        if node.type in ("function_definition", "class_definition"):
            names.append(code(node.child_by_field_name("name")))
        node = node.parent
    return ".".join(reversed(names))


def last_name(node: Node | None) -> str:
    """The last identifier of a callee: `a.b.c` gives c, `f()` gives f, `x[0]` gives x."""
    while node is not None:
        if node.type == "identifier":
            return code(node)
        if node.type == "attribute":
            return code(node.child_by_field_name("attribute"))
        if node.type == "call":
            node = node.child_by_field_name("function")
        elif node.type == "subscript":
            node = node.child_by_field_name("value")
        elif node.type in ("parenthesized_expression", "await"):
            node = node.named_child(node.named_child_count - 1)
        else:
            return ""
    return ""


def decorators(function: Node) -> list[Node]:
    """The decorator expressions of a def, outermost first."""
    parent = function.parent
    if parent is None or parent.type != "decorated_definition":
        return []
    return [item.named_children[0] for item in parent.children if item.type == "decorator" and item.named_children]


def contains(outer: Node, inner: Node) -> bool:
    """Does the span of `outer` hold that of `inner`?"""
    return outer.start_byte <= inner.start_byte and inner.end_byte <= outer.end_byte
