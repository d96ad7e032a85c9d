"""Annotations of what a decorator takes and gives: `Callable[P, R]` becomes `Callable[P, Awaitable[R]]`."""

from __future__ import annotations

from collections.abc import Iterator

from awaitify_transforms.edits import ReplaceExpression
from tree_sitter import Node

from awaitify.planning.draft import Draft
from awaitify.project.index import Function, span_of, text_of

HOLDERS = ("generic_type", "subscript")


def awaitable_results(function: Function, draft: Draft) -> None:
    """Plans that what a decorator takes and gives returns something awaitable."""
    nodes = [param.annotation for param in function.params if param.annotation is not None]
    result = function.node.child_by_field_name("return_type")
    for node in [*nodes, *([result] if result is not None else [])]:
        for name, given in _results(node):
            draft.add(function.file, ReplaceExpression(span=span_of(given), code=f"Awaitable[{text_of(given)}]"))
            local = text_of(name)
            home = next((item.written for item in function.file.imports if item.local == local and item.name), "typing")
            draft.add_import(function.file, home, "Awaitable")


def _results(node: Node) -> Iterator[tuple[Node, Node]]:
    """(the name Callable, what it returns) of every callable in an annotation that returns no other."""
    if node.type in HOLDERS and text_of(node.named_children[0]).rpartition(".")[2] == "Callable":
        items = _arguments(node)
        given = items[-1] if len(items) == 2 else None
        if given is not None and "Callable" not in text_of(given) and text_of(given).rpartition(".")[2] != "Any":
            yield node.named_children[0], given
    for child in node.named_children:
        yield from _results(child)


def _arguments(node: Node) -> list[Node]:
    inner = node.named_children[1:]
    if node.type == "generic_type":
        inner = inner[0].named_children
    return [item.named_children[0] if item.type == "type" else item for item in inner]
