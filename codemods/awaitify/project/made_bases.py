"""Declarative bases that a call makes of a class: `Base = declarative_base(cls=Record)`.

The call says nothing of what it gives: for the analysis, and for the type checker, such a base is the class itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

from awaitify.project.nodes import File, text_of

MAKERS = ("declarative_base", "generate_base", "automap_base")


@dataclass(frozen=True, slots=True)
class MadeBase:
    """name: the variable of the module; call: what makes it; cls: the class that it is made of."""

    name: Node
    call: Node
    cls: Node


def made_bases(file: File) -> Iterator[MadeBase]:
    """Those that a file makes at its top."""
    if not any(maker.encode() in file.source.text for maker in MAKERS):
        return
    for call in file.calls:
        place = call.node.parent
        if place is None or place.type != "assignment" or place.child_by_field_name("type") is not None:
            continue
        left, made = place.child_by_field_name("left"), text_of(call.callee).rpartition(".")[2] in MAKERS
        cls = next((_value(item) for item in call.arguments if _is_class(item)), None) if made else None
        if left is not None and left.type == "identifier" and cls is not None and call.function is None:
            yield MadeBase(left, call.node, cls)


def _is_class(argument: Node) -> bool:
    is_named = argument.type == "keyword_argument" and text_of(argument.named_children[0]) == "cls"
    return is_named and _value(argument).type in ("identifier", "attribute")


def _value(argument: Node) -> Node:
    return argument.named_children[-1]
