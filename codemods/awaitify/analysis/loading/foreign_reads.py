"""Objects that a library gets, which reads of them what it likes: `ItemSchema().dump(item)`, `item.to_dict()` of a
mixin that is not the project's."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator

from tree_sitter import Node

from awaitify.analysis.loading.lookups import last_offset
from awaitify.analysis.loading.names import last_name
from awaitify.analysis.loading.reads import Read
from awaitify.analysis.loading.types import Types
from awaitify.analysis.mapping.model import MappedClass
from awaitify.project.index import Call, Function
from awaitify.resolve.model import Point, Target

#: What these do with an object is judged by its forms.
KNOWN = sys.stdlib_module_names | {"sqlalchemy", "sqlmodel", "pydantic", "fastapi", "starlette", "jinja2"}

DISPLAYS = ("list", "tuple", "set", "dictionary")
VALUES = ("identifier", "attribute", "call", "await", "subscript", "list_comprehension", "generator_expression")


def foreign_reads(function: Function, types: Types) -> dict[Read, str]:
    """A read for each call that hands a mapped object to a library, and why nothing but running it on the session
    serves it."""
    given = {call: list(_given(call)) for call in function.calls}
    calls = [call for call, nodes in given.items() if nodes]
    answers = types.oracle.definitions([Point(call.file.path, call.ask) for call in calls]) if calls else []
    foreign = [call for call, found in zip(calls, answers, strict=True) if found and all(map(_is_foreign, found))]
    types.ask([(function, node) for call in foreign for node in given[call]])
    found: dict[Read, str] = {}
    for call in foreign:
        for mapped in _objects(function, given[call], types):
            attr = min(mapped.relationships)
            read = Read(function, mapped.cls.id, attr, call.node, None)
            found[read] = (
                f"{last_name(call.node)}(...) of a library may read what nothing has loaded of {mapped.cls.name}"
            )
    return found


def _given(call: Call) -> Iterator[Node]:
    """What a call gets, or is a method of, as far as it may be an object."""
    owner = call.callee.child_by_field_name("object")
    nodes = [item.child_by_field_name("value") or item for item in call.arguments]
    parts = [item for given in nodes for item in _parts(given)] + ([owner] if owner is not None else [])
    yield from (item for item in parts if item.type in VALUES)


def _objects(function: Function, nodes: list[Node], types: Types) -> Iterator[MappedClass]:
    """The classes of the mapped objects among these, as far as they lead to others."""
    for node in nodes:
        value = types.value(function, node)
        if value is None and node.type == "call":
            yield from _worded(function, node, types)
        mapped = types.mapping.get(value.cls) if value is not None and value.shape != "query" else None
        if mapped is not None and mapped.relationships:
            yield mapped


def _worded(function: Function, call: Node, types: Types) -> list[MappedClass]:
    """The classes of what a call gives, as the checker words it: of `Repository[Item].first() -> Item`, `Item`."""
    offset = last_offset(call.child_by_field_name("function") or call)
    (hover,) = types.oracle.hovers([Point(function.file.path, offset)]) if offset >= 0 else ("",)
    words = set(re.findall(r"\w+", hover.rpartition("->")[2]))
    return [item for item in types.mapping.classes.values() if item.cls.name in words and item.relationships]


def _parts(node: Node) -> Iterator[Node]:
    """What stands in a display, or the node itself."""
    if node.type not in DISPLAYS:
        yield node
        return
    for child in node.named_children:
        yield from _parts((child.child_by_field_name("value") or child) if child.type == "pair" else child)


def _is_foreign(target: Target) -> bool:
    return not target.in_project and bool(target.name) and target.name.partition(".")[0] not in KNOWN
