"""Reads one relationship: what it leads to, how it loads, and the other side that a backref adds."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from awaitify.analysis.loading.names import is_collection, keyword, last_name, positional, string_value, walk
from awaitify.analysis.mapping.model import MappedClass, Mapping, Relationship, assigned
from awaitify.project.index import Class, File, text_of

RELATIONSHIPS = {"relationship", "Relationship", "relation"}


def relationship_of(
    file: File, name: str, call: Node, annotation: Node | None, mapped: MappedClass, mapping: Mapping
) -> Relationship | None:
    target = _target(file, call, annotation, mapping)
    if target is None:
        return None
    kwargs = keyword(call, "sa_relationship_kwargs")
    mode = keyword(call, "lazy") or (value_in_dict(kwargs, "lazy") if kwargs is not None else None)
    lazy = (string_value(mode) or text_of(mode)) if mode is not None else "select"
    kind = text_of(annotation).partition("[")[0].rpartition(".")[2] if annotation is not None else ""
    lazy = {"DynamicMapped": "dynamic", "WriteOnlyMapped": "write_only"}.get(kind, lazy)
    inverse = string_value(keyword(call, "back_populates")) or _backref_name(call) or ""
    return Relationship(
        mapped.cls.id, name, target, "select" if lazy == "True" else lazy,
        _uselist(call, annotation, mapped, target, mapping), call, file, inverse,
        last_name(call) == "Relationship", passes_on=_passes_on(call),
    )  # fmt: skip


def _passes_on(call: Node) -> bool:
    """Whether the cascade of a relationship or a backref holds "refresh-expire"; one that is not written out may."""
    kwargs = keyword(call, "sa_relationship_kwargs")
    cascade = keyword(call, "cascade") or (value_in_dict(kwargs, "cascade") if kwargs is not None else None)
    if cascade is None:
        return kwargs is not None and kwargs.type != "dictionary"
    written = string_value(cascade)
    return written is None or bool({"all", "refresh-expire"} & {word.strip() for word in written.split(",")})


def value_in_dict(node: Node, key: str) -> Node | None:
    """The value of a string key in a dictionary's literal."""
    pairs = [pair for pair in node.named_children if pair.type == "pair"]
    found = [pair for pair in pairs if string_value(pair.child_by_field_name("key")) == key]
    return found[0].child_by_field_name("value") if found else None


def _target(file: File, call: Node, annotation: Node | None, mapping: Mapping) -> str | None:
    arguments = [] if last_name(call) == "Relationship" else positional(call)
    written = keyword(call, "argument") or (arguments[0] if arguments else None)
    nodes = [node for node in (written, annotation) if node is not None]
    named = [cls.id for node in nodes for cls in mapping.names.in_annotation(file, node)]
    found = next((cls for cls in named if cls in mapping.classes), None)
    return found or next((cls for node in nodes for cls in _registered(node, mapping)), None)


def _registered(node: Node, mapping: Mapping) -> Iterator[str]:
    """Mapped classes by the name in a string: SQLAlchemy looks in its registry, where no schema of that name stands."""
    words = {word for item in walk(node) for word in re.findall(r"\w+", string_value(item) or "")}
    yield from (name for name, mapped in mapping.classes.items() if mapped.cls.name in words)


def _uselist(call: Node, annotation: Node | None, mapped: MappedClass, target: str, mapping: Mapping) -> bool:
    written = keyword(call, "uselist")
    if written is not None:
        return text_of(written) != "False"
    if annotation is not None:
        return is_collection(text_of(annotation))
    if keyword(call, "secondary") is not None:
        return True
    return not _points_to(mapped.cls, target, mapping)


def points_to(relationship: Relationship, mapping: Mapping) -> bool:
    """Whether the owner has the foreign key (many to one)."""
    return _points_to(mapping.classes[relationship.owner].cls, relationship.target, mapping)


def _points_to(cls: Class, target: str, mapping: Mapping) -> bool:
    """Whether a foreign key of the class names the target's table."""
    owner = mapping.classes[target].cls
    name = string_value(assigned(owner).get("__tablename__")) or owner.name.lower()
    if cls.id not in mapping.foreign:
        mapping.foreign[cls.id] = [key for base in mapping.names.bases(cls) for key in _foreign_keys(base)]
    written = [key.split(".") for key in mapping.foreign[cls.id]]
    return any(name in parts[:-1] or owner.name in parts for parts in written)


def _foreign_keys(cls: Class) -> Iterator[str]:
    """What the foreign keys in the body of a class name."""
    for node in walk(cls.node):
        if node.type == "call" and last_name(node) == "ForeignKey":
            arguments = positional(node)
            yield (string_value(arguments[0]) or text_of(arguments[0])) if arguments else ""


def _backref_name(call: Node) -> str | None:
    value = keyword(call, "backref")
    if value is not None and value.type == "call":
        arguments = positional(value)
        return string_value(arguments[0]) if arguments else None
    return string_value(value)


def add_backrefs(mapping: Mapping) -> None:
    for mapped in list(mapping.classes.values()):
        for relationship in list(mapped.relationships.values()):
            value = keyword(relationship.node, "backref")
            name = _backref_name(relationship.node)
            target = mapping.classes.get(relationship.target)
            if relationship.from_backref or value is None or not name or target is None:
                continue
            mode = keyword(value, "lazy") if value.type == "call" else None
            uselist = keyword(value, "uselist") if value.type == "call" else None
            many = keyword(relationship.node, "secondary") is not None or not relationship.uselist
            target.relationships.setdefault(name, Relationship(
                relationship.target, name, relationship.owner, string_value(mode) or "select",
                many and (uselist is None or text_of(uselist) != "False"), value, relationship.file, relationship.name,
                from_backref=True, passes_on=value.type == "call" and _passes_on(value),
            ))  # fmt: skip
