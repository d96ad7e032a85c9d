"""Objects that a library gets, which reads of them what it likes: `ItemSchema().dump(item)`, `item.to_dict()` of a
mixin that is not the project's."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from tree_sitter import Node

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
    given = {call: list(_objects(function, call, types)) for call in function.calls}
    calls = [call for call, objects in given.items() if objects]
    answers = types.oracle.definitions([Point(call.file.path, call.ask) for call in calls]) if calls else []
    found: dict[Read, str] = {}
    for call, targets in zip(calls, answers, strict=True):
        if not targets or not all(map(_is_foreign, targets)):
            continue
        for mapped in given[call]:
            attr = min(mapped.relationships)
            read = Read(function, mapped.cls.id, attr, call.node, None)
            found[read] = (
                f"{last_name(call.node)}(...) of a library may read what nothing has loaded of {mapped.cls.name}"
            )
    return found


def _objects(function: Function, call: Call, types: Types) -> Iterator[MappedClass]:
    """The classes of the mapped objects that a call gets, or is a method of, as far as they lead to others."""
    callee = call.callee.child_by_field_name("object")
    nodes = [item.child_by_field_name("value") or item for item in call.arguments]
    for node in [item for given in nodes for item in _parts(given)] + ([callee] if callee is not None else []):
        value = _value(function, node, types)
        mapped = types.mapping.get(value) if value else None
        if mapped is not None and mapped.relationships:
            yield mapped


def _parts(node: Node) -> Iterator[Node]:
    """What stands in a display, or the node itself."""
    if node.type not in DISPLAYS:
        yield node
        return
    for child in node.named_children:
        yield from _parts((child.child_by_field_name("value") or child) if child.type == "pair" else child)


def _value(function: Function, node: Node, types: Types) -> str:
    """The class of an object, or of several."""
    value = types.value(function, node) if node.type in VALUES else None
    return value.cls if value is not None and value.shape != "query" else ""


def _is_foreign(target: Target) -> bool:
    return not target.in_project and bool(target.name) and target.name.partition(".")[0] not in KNOWN
