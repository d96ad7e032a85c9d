"""Objects that a query gives again after raw SQL or a bulk statement changed them.

An expired one takes the new values from the rows; one that a commit did not expire stays as it is."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from tree_sitter import Node

from awaitify.analysis.loading.names import last_name, walk
from awaitify.analysis.loading.types import Types
from awaitify.project.index import Function, text_of

NAMED = re.compile(rb"\.(\w+)")


def queried_again(function: Function, types: Types, change: Node, cls: str) -> Iterator[tuple[Node, str]]:
    """(the place, why) of the first column that is read after the change, of a class of which an object was loaded
    before a commit that came before the change. cls: the class that the change touches, "" for any."""
    commits = [call.node.start_byte for call in function.calls if last_name(call.node) == "commit"]
    held = held_classes(function, types, min(commits)) if commits and min(commits) < change.start_byte else set()
    for node in walk(function.node) if held else ():
        base = node.child_by_field_name("object") if node.type == "attribute" else None
        if base is None or node.start_byte < change.end_byte:
            continue
        value = types.value(function, base)
        mapped = types.mapping.get(value.cls) if value is not None else None
        attribute = text_of(node.child_by_field_name("attribute") or node)
        if value is None or mapped is None or attribute not in mapped.columns or attribute in mapped.keys:
            continue
        is_held = any(types.mapping.related(value.cls, other) for other in held)
        if is_held and (not cls or types.mapping.related(value.cls, cls)):
            yield node, f"{text_of(node)[:60]} may be stale: what was loaded before a commit was changed by a statement"
            return


def held_classes(function: Function, types: Types, before: int | None = None) -> set[str]:
    """The mapped classes of what names hold before an offset, or at all."""
    before = function.node.end_byte if before is None else before
    values = [
        types.value(function, right)
        for bindings in types.bindings(function).values()
        for _, right in bindings
        if right.end_byte <= before
    ]
    values += [types.annotated(function, param.annotation) for param in function.params if param.annotation is not None]
    return {value.cls for value in values if value is not None and value.cls and value.shape != "query"}


def reachable_classes(functions: Collection[Function], classes: Collection[str], types: Types) -> set[str]:
    """The mapped classes that objects of these lead to, along relationships that the functions name."""
    words = {word for function in functions for word in NAMED.findall(function.node.text or b"")}
    found, todo = set[str](), list(classes)
    while todo:
        mapped = types.mapping.get(todo.pop())
        for item in mapped.relationships.values() if mapped is not None else ():
            if item.target not in found and (item.eager or item.name.encode() in words):
                found.add(item.target)
                todo.append(item.target)
    return found
