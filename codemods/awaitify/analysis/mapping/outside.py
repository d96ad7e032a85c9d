"""Attributes that are mapped outside the body of their class: `User.tickets = relationship(Ticket)`, `add_property`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from tree_sitter import Node

from awaitify.analysis.loading.names import Names, last_name, positional, string_value
from awaitify.analysis.mapping.relationships import RELATIONSHIPS
from awaitify.project.index import Call, File, Project, text_of

MADE_BY = {*RELATIONSHIPS, "column_property", "deferred", "query_expression", "association_proxy", "hybrid_property"}


class Attribute(NamedTuple):
    """What an attribute of a class is given, and the file that says so."""

    name: str
    value: Node | None
    file: File
    annotation: Node | None = None


def outside_attributes(project: Project, names: Names) -> dict[str, list[Attribute]]:
    """The id of a class -> the attributes that code outside its body maps."""
    found: dict[str, list[Attribute]] = {}
    for file in project.files:
        for call in file.calls if not file.is_test else ():
            for owner, name, value in _mapped_by(call):
                cls = names.find(file, owner)
                if cls is not None:
                    found.setdefault(cls.id, []).append(Attribute(name, value, file))
    return found


def _mapped_by(call: Call) -> Iterator[tuple[str, str, Node]]:
    """(the class as it is written, the attribute, its value)."""
    parent, made = call.node.parent, last_name(call.callee)
    left = parent.child_by_field_name("left") if parent is not None and parent.type == "assignment" else None
    if made in MADE_BY and left is not None and left.type == "attribute":
        owner, _, name = text_of(left).rpartition(".")
        yield owner, name, call.node
    arguments = positional(call.node)
    if made == "add_property" and len(arguments) == 2 and (name := string_value(arguments[0])):
        owner = text_of(call.callee).removesuffix(".add_property")
        yield owner.removesuffix(".__mapper__").removeprefix("inspect(").removesuffix(")"), name, arguments[1]
