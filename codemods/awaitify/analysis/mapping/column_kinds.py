"""What kind of value a mapped column holds, as its declaration tells: "int", "uuid", "datetime", "str", ..., or ""."""

from __future__ import annotations

import re

from tree_sitter import Node

from awaitify.analysis.loading.names import keyword, last_name, positional, string_value, walk
from awaitify.analysis.mapping.model import MappedClass, Mapping, annotations_of, assigned
from awaitify.project.index import text_of

ANNOTATIONS = {
    "int": "int", "UUID": "uuid", "UUID4": "uuid", "datetime": "datetime", "date": "date", "time": "time",
    "Decimal": "number", "float": "number", "bool": "bool", "str": "str",
}  # fmt: skip
TYPES = {
    "Integer": "int", "BigInteger": "int", "SmallInteger": "int", "INTEGER": "int", "BIGINT": "int", "UUID": "uuid",
    "Uuid": "uuid", "GUID": "uuid", "DateTime": "datetime", "TIMESTAMP": "datetime", "Date": "date", "Time": "time",
    "Numeric": "number", "Float": "number", "Boolean": "bool", "String": "str", "Text": "str", "Unicode": "str",
}  # fmt: skip


def column_kind(mapped: MappedClass, name: str, mapping: Mapping, depth: int = 0) -> str:
    """By the column's type, else its annotation, else the column that its foreign key names."""
    for base in mapping.names.bases(mapped.cls):
        value = assigned(base).get(name)
        annotation = annotations_of(base).get(name)
        if value is None and annotation is None:
            continue
        found = _of_call(value) if value is not None else ""
        if not found and annotation is not None:
            found = next(
                (ANNOTATIONS[word] for word in re.findall(r"\w+", text_of(annotation)) if word in ANNOTATIONS), ""
            )
        return found or (_of_key(value, mapping, depth) if value is not None and depth < 3 else "")
    return ""


def _of_call(value: Node) -> str:
    """`Column(Integer)`, `mapped_column(String(50))`, `Field(sa_column=Column(...))`, `Field(sa_type=...)`."""
    for node in walk(value):
        if node.type != "call":
            continue
        written = [*positional(node)[:2], keyword(node, "type_"), keyword(node, "sa_type")]
        for item in written:
            if item is not None and last_name(item) in TYPES:
                return TYPES[last_name(item)]
    return ""


def _of_key(value: Node, mapping: Mapping, depth: int) -> str:
    for node in walk(value):
        if node.type != "call":
            continue
        written = positional(node)[0] if last_name(node) == "ForeignKey" and positional(node) else None
        target = string_value(written or keyword(node, "foreign_key"))
        table, _, column = (target or "").rpartition(".")
        for other in mapping.classes.values() if column else ():
            named = string_value(assigned(other.cls).get("__tablename__")) or other.cls.name.lower()
            if named == table.rpartition(".")[2] and column in other.columns:
                return column_kind(other, column, mapping, depth + 1)
    return ""
