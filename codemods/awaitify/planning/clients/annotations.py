"""Where the holders of a client say its type."""

from __future__ import annotations

from tree_sitter import Node

from awaitify.analysis.clients.model import Component
from awaitify.project.index import File


def annotations_of(component: Component) -> list[tuple[File, Node]]:
    """The annotations of every holder."""
    found: list[tuple[File, Node]] = []
    for holder in component.holders:
        if holder.kind == "parameter" and holder.function is not None:
            param = holder.function.param(holder.name)
            if param is not None and param.annotation is not None:
                found.append((holder.file, param.annotation))
        elif holder.kind == "result" and holder.function is not None:
            node = holder.function.node.child_by_field_name("return_type")
            if node is not None:
                found.append((holder.file, node))
    for reference in component.references:
        parent = reference.node.parent
        whole = parent if parent is not None and parent.type == "attribute" else reference.node
        place = whole.parent
        kind = place.child_by_field_name("type") if place is not None and place.type == "assignment" else None
        if kind is not None and place is not None and place.named_children[0] == whole:
            found.append((reference.file, kind))
    return found


def names_in(node: Node) -> list[Node]:
    """The names and dotted names in an annotation."""
    if node.type in ("identifier", "attribute"):
        return [node]
    return [found for child in node.named_children for found in names_in(child)]
