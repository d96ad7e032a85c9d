"""Finds the identifiers that may mean something async, by their text alone, so that few questions go to the checker."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tree_sitter import Node, Query

from awaitify.gate.symbols import identifier_at
from awaitify.gate.syntax import LANGUAGE, captures, code

_WORD = re.compile(rb"[^\W\d]\w*")
_RENAMED = re.compile(rb"\b(\w+)\s+as\s+(\w+)")
_AWAITS = Query(LANGUAGE, "(await) @await")
_BINDERS = {
    "function_definition": "name", "class_definition": "name", "keyword_argument": "name", "default_parameter": "name",
    "typed_default_parameter": "name", "assignment": "left", "augmented_assignment": "left", "for_statement": "left",
    "for_in_clause": "left", "named_expression": "name",
}  # fmt: skip
_NEVER = frozenset(
    {
        "parameters", "lambda_parameters", "dotted_name", "aliased_import", "import_from_statement", "import_statement",
        "as_pattern_target", "global_statement", "nonlocal_statement", "pattern_list", "tuple_pattern", "list_pattern",
        "delete_statement", "list_splat_pattern", "dictionary_splat_pattern", "type_parameter",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """An identifier in use. expression: the whole attribute when the identifier is its last part."""

    path: Path
    identifier: Node
    expression: Node

    @property
    def name(self) -> str:
        """The identifier's text."""
        return code(self.identifier)

    @property
    def receiver(self) -> Node | None:
        """What stands before the last dot."""
        return self.expression.child_by_field_name("object") if self.expression != self.identifier else None


def with_aliases(names: Collection[str], texts: Iterable[bytes]) -> set[str]:
    """The names, and those that imports anywhere in the project give to them (`from m import f as g`)."""
    renamed = {match.groups() for text in texts for match in _RENAMED.finditer(text)}
    wanted = {name.encode() for name in names}
    while fresh := {new for old, new in renamed if old in wanted} - wanted:
        wanted |= fresh
    return {name.decode() for name in wanted}


def references(path: Path, text: bytes, root: Node, names: Collection[str], skip: set[int]) -> Iterator[Reference]:
    """The references to any of the names; offsets in skip are left out."""
    wanted = {name.encode() for name in names}
    for match in _WORD.finditer(text):
        if match.group() not in wanted or match.start() in skip:
            continue
        node = identifier_at(root, match.start())
        if node is not None and (reference := as_reference(path, node)) is not None:
            yield reference


def as_reference(path: Path, node: Node) -> Reference | None:
    """The reference that an identifier is, or None where it binds a name."""
    parent = node.parent
    expression = node
    if parent is not None and parent.type == "attribute" and parent.child_by_field_name("attribute") == node:
        expression, parent = parent, parent.parent
    if parent is None or parent.type in _NEVER:
        return None
    if parent.type == "typed_parameter" and parent.named_children[0] == expression:
        return None
    binder = _BINDERS.get(parent.type)
    if binder is not None and parent.child_by_field_name(binder) == expression:
        return None
    return Reference(path, node, expression)


def awaited_callees(root: Node) -> Iterator[tuple[str, str]]:
    """Last name and whole text of what is awaited somewhere: awaited in one place, it may be forgotten in another."""
    for node in captures(_AWAITS, root, "await"):
        value = node.named_children[-1]
        callee = callee_identifier(value.child_by_field_name("function")) if value.type == "call" else None
        if callee is not None:
            yield code(callee), code(value.child_by_field_name("function"))


def callee_identifier(callee: Node | None) -> Node | None:
    """The identifier to ask about for a callee: `a.b.c` and `a.b.c[T]` give c; None for a computed one."""
    if callee is not None and callee.type == "subscript":
        callee = callee.child_by_field_name("value")
    if callee is not None and callee.type == "attribute":
        callee = callee.child_by_field_name("attribute")
    return callee if callee is not None and callee.type == "identifier" else None
