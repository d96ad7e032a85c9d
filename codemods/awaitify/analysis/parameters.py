"""Strings that are compared with columns of another type: psycopg2 sends them untyped, psycopg 3 and asyncpg do not.

`Item.id == item_id` with a `str` is `operator does not exist: integer = character varying` there. A cast says what
PostgreSQL did by itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from awaitify_transforms.edits import AddImport, Edit, ReplaceExpression
from tree_sitter import Node

from awaitify.analysis.computed_values import OPERATORS, compared_values
from awaitify.analysis.loading.names import last_name, walk_own
from awaitify.analysis.loading.types import Types
from awaitify.analysis.mapping.column_kinds import column_kind
from awaitify.analysis.mapping.model import MappedClass
from awaitify.analysis.text_values import text_kind
from awaitify.project.index import Function, span_of, text_of

WHY = "the driver compares by type; psycopg2 left it to the database"


@dataclass(frozen=True, slots=True)
class Compared:
    """A string beside a column. column: the code of the column; value: the string's expression."""

    function: Function
    column: str
    kind: str
    value: Node
    node: Node
    is_key: bool


@dataclass(eq=False, slots=True)
class Parameters:
    """driver: "psycopg" or "asyncpg"; routes: the ids of the routes, whose plain parameters are strings."""

    types: Types
    driver: str
    routes: Collection[str]
    edits: list[tuple[Function, Edit]] = field(default_factory=list)
    refused: list[tuple[Function, Node, str]] = field(default_factory=list)

    def decide(self, functions: Collection[Function]) -> None:
        """Casts what can be cast exactly; the rest is refused."""
        pairs = [(function, *pair) for function in functions for pair in self._pairs(function)]
        self.types.ask([(function, value) for function, _, _, _, value, _ in pairs])
        for function, mapped, column, attr, value, node in pairs:
            kind = column_kind(mapped, attr, self.types.mapping)
            text = text_kind(self.types, function, value, self.routes)
            if kind in ("", "str") or text is None:
                continue
            self._cast(Compared(function, column, kind, value, node, attr in mapped.keys), optional=text)
        for function in functions:
            self._computed(function)

    def _computed(self, function: Function) -> None:
        """What SQL computes has no column whose type a cast could name."""
        pairs = list(compared_values(function))
        self.types.ask([(function, value) for _, value, _ in pairs])
        for computed, value, node in pairs:
            if value.type == "string" or text_kind(self.types, function, value, self.routes) is not None:
                why = f"{text_of(computed)[:60]} is compared with a str, which {self.driver} refuses"
                self.refused.append((function, node, why))

    def _pairs(self, function: Function) -> Iterator[tuple[MappedClass, str, str, Node, Node]]:
        """(class, the column's code, its name, the value, the whole) of each comparison of a column with a value."""
        for node in walk_own(function.node):
            if node.type == "comparison_operator" and len(node.named_children) == 2:
                sign = text_of(node.children[1]) if len(node.children) == 3 else ""
                left, right = node.named_children
                for column, value in ((left, right), (right, left)) if sign in OPERATORS else ():
                    mapped = self._owner(function, column)
                    if mapped is not None:
                        yield mapped, text_of(column), text_of(column).rpartition(".")[2], value, node
            elif node.type == "call" and last_name(node) == "filter_by":
                yield from self._by_keyword(function, node)

    def _by_keyword(self, function: Function, node: Node) -> Iterator[tuple[MappedClass, str, str, Node, Node]]:
        callee = node.child_by_field_name("function")
        base = callee.child_by_field_name("object") if callee is not None else None
        held = self.types.value(function, base) if base is not None else None
        mapped = self.types.mapping.get(held.cls) if held is not None and held.shape == "query" else None
        arguments = node.child_by_field_name("arguments")
        for child in arguments.named_children if arguments is not None and mapped is not None else ():
            name, value = child.child_by_field_name("name"), child.child_by_field_name("value")
            if mapped is not None and name is not None and value is not None and text_of(name) in mapped.columns:
                yield mapped, f"{mapped.cls.name}.{text_of(name)}", text_of(name), value, node

    def _owner(self, function: Function, node: Node) -> MappedClass | None:
        """The mapped class of `Class.column`."""
        base = node.child_by_field_name("object") if node.type == "attribute" else None
        cls = self.types.mapping.names.find(function.file, text_of(base)) if base is not None else None
        mapped = self.types.mapping.get(cls.id) if cls is not None else None
        attribute = node.child_by_field_name("attribute")
        return mapped if mapped and attribute is not None and text_of(attribute) in mapped.columns else None

    def _cast(self, found: Compared, optional: bool) -> None:
        plain = found.value.type in ("identifier", "attribute", "subscript")
        equal = found.node.type == "call" or "==" in text_of(found.node)
        if not plain or (optional and not (found.is_key and equal)):
            message = f"{found.column} ({found.kind}) is compared with a str, which {self.driver} refuses"
            self.refused.append((found.function, found.node, message))
            return
        file = found.function.file
        taken = {item.local: item.module for item in file.imports}
        alias = "sql_cast" if taken.get("cast", "sqlalchemy") not in ("sqlalchemy", "sqlmodel") else ""
        value = text_of(found.value)
        if self.driver == "asyncpg":
            value = f"literal({value})"
            self.edits.append((found.function, AddImport(span=(0, 0), module="sqlalchemy", name="literal", reason=WHY)))
        code = f"{alias or 'cast'}({value}, {found.column}.type)"
        self.edits.append((found.function, ReplaceExpression(span=span_of(found.value), code=code, reason=WHY)))
        if taken.get(alias or "cast") is None:
            imported = AddImport(span=(0, 0), module="sqlalchemy", name="cast", alias=alias, reason=WHY)
            self.edits.append((found.function, imported))
