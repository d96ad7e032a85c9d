"""Fields of models that hold plain data: `config: dict[str, Any]` of a pydantic model, a mapped column of JSON."""

from __future__ import annotations

import re

from tree_sitter import Node

from awaitify.analysis.calls import Resolution
from awaitify.analysis.json_columns import is_json_column
from awaitify.project.index import Class, Function, text_of

#: What a container of plain data is made of; `Any` in it is what came from a request or a column.
_WORDS = {"Mapped", "dict", "Dict", "list", "List", "str", "int", "float", "bool", "None", "Any", "Optional", "Union"}
#: What objects of libraries hold as plain data, without saying so.
_HELD = {"botocore.exceptions.ClientError": {"response"}, "botocore.exceptions.WaiterError": {"last_response"}}
_MODELS = ("pydantic.main.BaseModel", "sqlmodel.main.SQLModel")


def is_plain_field(node: Node, function: Function | None, resolution: Resolution) -> bool:
    """Whether an attribute is declared as plain data by the model classes of the project whose objects have it, or is
    known to be of an object of a library."""
    owner, name = node.child_by_field_name("object"), node.child_by_field_name("attribute")
    if function is None or owner is None or name is None:
        return False
    names = resolution.class_names(function.file, owner)
    if names and all(text_of(name) in _HELD.get(item, ()) for item in names):
        return True
    classes = [resolution.project.classes.get(item.partition("[")[0]) for item in names]
    return bool(classes) and all(cls is not None and _declares(cls, text_of(name), resolution) for cls in classes)


def is_plain_model(node: Node, function: Function, resolution: Resolution) -> bool:
    """Whether an object is of pydantic models of the project that take nothing but plain data."""
    names = resolution.class_names(function.file, node)
    classes = [resolution.project.classes.get(item.partition("[")[0]) for item in names]
    return bool(classes) and all(
        cls is not None
        and _is_model(cls, resolution)
        and not any(b"arbitrary_types_allowed" in (item.node.text or b"") for item in resolution.lineage(cls))
        for cls in classes
    )


def _declares(cls: Class, name: str, resolution: Resolution) -> bool:
    for item in resolution.lineage(cls):
        body = item.node.child_by_field_name("body")
        for statement in body.named_children if body is not None else ():
            node = statement.named_children[0] if statement.type == "expression_statement" else statement
            left, kind = node.child_by_field_name("left"), node.child_by_field_name("type")
            if node.type != "assignment" or left is None or text_of(left) != name:
                continue
            words = set(re.findall(r"\w+", text_of(kind))) if kind is not None else set[str]()
            if words and words <= _WORDS and ("Mapped" in words or _is_model(cls, resolution)):
                return True
            value = node.child_by_field_name("right")
            return value is not None and words <= _WORDS and is_json_column(value, item.file, resolution)
    return False


def _is_model(cls: Class, resolution: Resolution) -> bool:
    """Whether a class derives from pydantic's, as far as its bases are told."""
    for item in resolution.lineage(cls):
        named = [base for base in item.bases if base.type in ("identifier", "attribute")]
        if any(target.name in _MODELS for answer in resolution.definitions(item.file, named) for target in answer):
            return True
    return False
