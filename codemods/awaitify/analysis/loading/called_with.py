"""What a parameter is given where its annotation says another class: a schema, for a mapped object."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tree_sitter import Node

from awaitify.analysis.loading.bindings import passed, returned_by
from awaitify.analysis.loading.names import is_of_sqlalchemy
from awaitify.analysis.loading.rows import Value
from awaitify.analysis.mapping.model import SCHEMA_BASES
from awaitify.analysis.own_results import MANY, own_result
from awaitify.project.index import Function, Param, text_of

if TYPE_CHECKING:
    from awaitify.analysis.loading.types import Types


def called_with(types: Types, function: Function, param: Param, depth: int) -> Value | None:
    """The mapped value that callers hand over. `user: schemas.User` is checked by nothing when the service runs."""
    key = (function.id, param.name)
    if key in types.handed:
        return types.handed[key]
    if depth > 7 or not _names_schema(types, function, param):
        return None
    types.handed[key] = None
    for call in types.calls_of(function):
        argument = passed(call, function, param.name)
        value = types.value(call.function, argument, depth + 1) if call.function and argument is not None else None
        if value is not None and value.shape != "query":
            types.handed[key] = Value(value.cls, value.shape)
            break
    return types.handed[key]


def gives_itself(types: Types, function: Function, call: Node) -> bool:
    """Whether a method gives its object back: `return self`."""
    found = types.callees(function, call)
    return bool(found) and all(
        item.cls is not None and item.params and (values := returned_by(item))
        and all(text_of(value) == item.params[0].name for value in values)
        for item in found
    )  # fmt: skip


def of_own_class(types: Types, function: Function, call: Node, callee: Function) -> Value | None:
    """What a method gives of the class that it is called on: `Item.find(key)`, where a mixin has `find`."""
    shape = own_result(callee, returned_by(callee), lambda node: _is_session(types, callee, node))
    owner = (call.child_by_field_name("function") or call).child_by_field_name("object")
    cls = types.mapping.names.find(function.file, text_of(owner)) if shape and owner is not None else None
    if cls is None or cls.id not in types.mapping.classes:
        return None
    return Value(cls.id, "many" if shape == MANY else "one")


def _is_session(types: Types, function: Function, node: Node) -> bool:
    types.ask([(function, node)])
    return any(map(is_of_sqlalchemy, types.told(function, node) or ()))


def _names_schema(types: Types, function: Function, param: Param) -> bool:
    """Whether an annotation names a model of pydantic that is not mapped: a class of the domain is what it says."""
    annotation, mapping = param.annotation, types.mapping
    named = mapping.names.in_annotation(function.file, annotation) if annotation is not None else []
    return any(cls.id not in mapping.classes and mapping.names.foreign_bases(cls) & SCHEMA_BASES for cls in named)
