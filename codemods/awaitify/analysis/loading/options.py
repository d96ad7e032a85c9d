"""Loader options that a query has already: what `joinedload(A.b)` and its like load needs no cure."""

from __future__ import annotations

import re

from tree_sitter import Node

from awaitify.analysis.loading.life import dominates
from awaitify.analysis.loading.reads import Read
from awaitify.analysis.loading.types import Types
from awaitify.analysis.mapping.model import Mapping
from awaitify.project.index import Class, File, Function, text_of

LOADER = r"(?:joinedload|selectinload|subqueryload|immediateload|contains_eager|undefer)\(\s*(?:\w+\.)*"


def option_pattern(file: File, cls: Class, attr: str, mapping: Mapping) -> re.Pattern[str]:
    """What finds an option for an attribute in a file, under every name that the file has for the class."""
    local = {
        item.local for item in file.imports if item.local != cls.name and mapping.names.find(file, item.local) is cls
    }
    names = "|".join(map(re.escape, [cls.name, *sorted(local)]))
    return re.compile(rf"{LOADER}(?:{names})\.{re.escape(attr)}\b")


def is_loaded_by_option(read: Read, types: Types, mapping: Mapping) -> bool:
    """Whether the query in the same function that gives the object loads the attribute (and the path to it)."""
    if read.receiver is None or not read.cls:
        return False
    pattern = option_pattern(read.function.file, mapping.classes[read.cls].cls, read.attr, mapping)
    source = _sources(read.function, read.receiver, read.receiver, types, 0)
    return bool(source) and pattern.search(source) is not None


def _sources(function: Function, node: Node, reader: Node, types: Types, depth: int) -> str:
    """The text of the expressions that an object certainly comes from; "" when there are several ways."""
    if depth > 8:
        return ""
    while node.type == "attribute":
        base = node.child_by_field_name("object")
        if base is None:
            return ""
        node = base
    if node.type == "identifier":
        if function.param(text_of(node)) is not None:
            return ""
        bindings = [
            item for item in types.bindings(function).get(text_of(node), []) if dominates_or_holds(item[1], reader)
        ]
        everything = types.bindings(function).get(text_of(node), [])
        if not bindings or (len(everything) > 1 and depth == 0):
            return ""
        return " ".join(_sources(function, right, reader, types, depth + 1) for _, right in bindings)
    inner = [item for item in _queries(node) if item.type == "identifier"]
    deeper = [_sources(function, item, reader, types, depth + 1) for item in inner]
    return " ".join([text_of(node), *deeper])


def _queries(node: Node) -> list[Node]:
    """The root of a chain, and the first arguments on the way (`s.scalars(statement).all()`)."""
    found: list[Node] = []
    current: Node | None = node
    while current is not None and current.type in ("call", "attribute", "await", "parenthesized_expression"):
        if current.type == "call":
            arguments = current.child_by_field_name("arguments")
            found += arguments.named_children[:1] if arguments is not None else []
            current = current.child_by_field_name("function")
        elif current.type == "attribute":
            current = current.child_by_field_name("object")
        else:
            current = current.named_children[-1]
    return [*found, current] if current is not None else found


def dominates_or_holds(node: Node, reader: Node) -> bool:
    """Whether a binding comes before the reader on every way, or is the loop that the reader stands in."""
    if dominates(node, reader):
        return True
    current: Node | None = reader
    while current is not None:
        if current.id == (node.parent.id if node.parent else 0) or any(
            child.id == (node.parent.id if node.parent else 0) for child in current.named_children
        ):
            return True
        current = current.parent if current.type not in ("function_definition", "module") else None
    return False
