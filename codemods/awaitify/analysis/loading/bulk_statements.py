"""Statements that change rows behind the back of loaded objects: bulk updates and deletions, raw SQL, link tables."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from awaitify.analysis.loading.names import keyword, last_name, positional, walk
from awaitify.analysis.loading.types import Types
from awaitify.analysis.mapping.links import link_named
from awaitify.project.index import Function, text_of

MAPPINGS = {"bulk_insert_mappings": False, "bulk_update_mappings": True}
CONSTRUCTS = {"update", "delete", "insert"}
EXECUTES = {"execute", "exec", "scalar", "scalars"}
RAW = re.compile(r"\b(update|delete\s+from|insert\s+into|merge\s+into|call|select\s+\w+\()\b", re.IGNORECASE)


def bulk_changes(function: Function, types: Types) -> Iterator[tuple[Node, str, bool]]:
    """(statement, id of the class or "" for any, whether loaded columns get stale)."""
    for call in function.calls:
        node, name = call.node, last_name(call.node)
        if name in ("update", "delete") and call.callee.type == "attribute":
            entity = _entity(function, call.callee, types)
            if entity:
                yield node, entity, name == "update" and _is_unsynchronized(function, node, types)
        elif name in MAPPINGS and positional(node):
            cls = types.mapping.names.find(function.file, text_of(positional(node)[0]))
            yield node, cls.id if cls is not None else "", MAPPINGS[name]
        elif name in EXECUTES and positional(node):
            yield from _executed(function, node, positional(node)[0], types)


def _executed(function: Function, node: Node, argument: Node, types: Types) -> Iterator[tuple[Node, str, bool]]:
    if argument.type == "call" and last_name(argument) == "text" and RAW.search(text_of(argument)):
        yield node, "", True
        return
    for inner in walk(argument):
        callee = inner.child_by_field_name("function") if inner.type == "call" else None
        if callee is None or last_name(inner) not in CONSTRUCTS:
            continue
        table = callee.child_by_field_name("object") if callee.type == "attribute" else None
        named = [link_named(function.file, item, types.mapping) for item in (*positional(inner)[:1], table) if item]
        for changed in named:
            if changed in types.mapping.classes:
                columns = last_name(inner) == "update" and _is_unsynchronized(function, argument, types)
                yield node, changed, columns
            elif changed in types.links:
                yield node, changed, False


def _is_unsynchronized(function: Function, node: Node, types: Types) -> bool:
    """Whether an update leaves loaded objects unchanged, or expires them since Python cannot compute the values."""
    for inner in walk(node):
        if inner.type == "call":
            how = keyword(inner, "synchronize_session")
            if how is not None and text_of(how) in ("False", "None"):
                return True
    values = node.child_by_field_name("arguments")
    return values is not None and _has_function(values)


def _has_function(node: Node) -> bool:
    return any(item.type == "call" and text_of(item).startswith(("func.", "case(", "text(")) for item in walk(node))


def _entity(function: Function, callee: Node, types: Types) -> str:
    """The mapped class of the legacy query that ends here, "" when it is none."""
    current: Node | None = callee.child_by_field_name("object")
    while current is not None and current.type in ("call", "attribute"):
        if current.type == "call" and last_name(current) == "query" and positional(current):
            cls = types.mapping.names.find(function.file, text_of(positional(current)[0]))
            return cls.id if cls is not None and cls.id in types.mapping.classes else ""
        current = current.child_by_field_name("function" if current.type == "call" else "object")
    base = callee.child_by_field_name("object")
    held = types.value(function, base) if base is not None else None  # a query that a variable holds
    return held.cls if held is not None and held.shape == "query" else ""
