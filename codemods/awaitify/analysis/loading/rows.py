"""What an expression holds, and the rows of a query: the mapped classes among what it selects, by place and name."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

from tree_sitter import Node

from awaitify.analysis.loading.bindings import Bindings
from awaitify.analysis.loading.names import last_name, string_value
from awaitify.analysis.mapping.model import Mapping
from awaitify.project.index import Function, text_of

#: In the place of a class: what may be an object of any, an alias or a parameter.
OPEN = "?"
ALIASES = ("aliased", "with_polymorphic")
#: Methods that give the first of each row, and those that put something behind what a query selects, or in its place.
FIRSTS = {"scalars", "stream_scalars", "scalar", "scalar_one", "scalar_one_or_none"}
ADDS = {"add_columns", "add_column", "add_entity"}
REPLACES = {"with_entities", "with_only_columns"}


@dataclass(frozen=True, slots=True)
class Value:
    """What an expression holds. cls: id of a mapped class, "" for a row of several things; shape: "one", "many" or
    "query"; new: made by a constructor, not loaded; row: what each place of a row holds, a class, "" for a column, or
    OPEN."""

    cls: str
    shape: str = "one"
    new: bool = False
    row: tuple[str, ...] = ()


class Names(Protocol):
    """What this module needs of the types."""

    mapping: Mapping

    def bindings(self, function: Function) -> Bindings:
        """Where each name of a function gets its value."""
        ...


def selected(types: Names, function: Function, arguments: list[Node]) -> tuple[str, ...]:
    """For each thing selected the id of its mapped class, "" for a column, OPEN for what may be an object."""
    return tuple(_selected(types, function, node) for node in arguments)


def _selected(types: Names, function: Function, node: Node) -> str:
    cls = types.mapping.names.find(function.file, text_of(node))
    if cls is not None:
        return cls.id if cls.id in types.mapping.classes else OPEN
    if node.type == "identifier":
        made = [right for _, right in types.bindings(function).get(text_of(node), [])]
        is_column = bool(made) and all(right.type == "call" and last_name(right) not in ALIASES for right in made)
        return "" if is_column else OPEN
    if node.type == "attribute":
        return OPEN if text_of(node.child_by_field_name("object") or node) in ("self", "cls") else ""
    is_object = node.type == "list_splat" or (node.type == "call" and last_name(node) in ALIASES)
    return OPEN if is_object else ""


def place_of(types: Names, row: tuple[str, ...], node: Node) -> int:
    """The place in a row that `row.Post`, `row[0]` or `row["Post"]` reads; -1 when it is not known."""
    part = node.child_by_field_name("subscript" if node.type == "subscript" else "attribute")
    if part is None:
        return -1
    if part.type == "integer":
        place = int(text_of(part), 0)
        return place if place < len(row) and OPEN not in row[: place + 1] else -1
    name = string_value(part) if part.type == "string" else text_of(part) if node.type == "attribute" else ""
    named = [index for index, cls in enumerate(row) if cls in types.mapping.classes]
    found = [index for index in named if types.mapping.classes[row[index]].cls.name == name]
    return found[0] if len(found) == 1 else -1


def in_row(value: Value, place: int) -> Value | None:
    """What a place of a row holds. That of `select(Post)` has its object alone."""
    row = value.row or ((value.cls,) if value.cls else ())
    return Value(row[place]) if 0 <= place < len(row) and OPEN not in row[: place + 1] else None


def followed(types: Names, function: Function, value: Value, name: str, arguments: list[Node]) -> Value | None:
    """What a query or a result holds after one of its methods, whatever its shape; None when that is not known."""
    if name in ADDS:
        before = value.row or (value.cls,)
        return replace(value, cls="", row=(*before, *selected(types, function, arguments)))
    if name not in FIRSTS or not value.row:
        return value
    first = in_row(value, 0) if not arguments else None
    return replace(first, shape=value.shape) if first is not None else None


def place_before(value: Value | None, name: str, place: int, has_arguments: bool) -> int | None:
    """The place, in the rows of a query or a result, of what is at a place in those that its method gives; -1 for the
    whole, None when it is not known."""
    row = value.row if value is not None else ()
    if name in REPLACES or (name in ADDS and place >= max(len(row), 1)):
        return None
    if name not in FIRSTS or not row:
        return place
    return 0 if place <= 0 and not has_arguments else None
