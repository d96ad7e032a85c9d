"""SQL that is surely no text (`extract(...)`, `func.date(...)`, `cast(..., Date)`), and what stands beside it.

psycopg2 lets PostgreSQL read a string as what it is compared with; a driver that says `VARCHAR` does not.
"""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from awaitify.analysis.loading.names import last_name, positional, walk_own
from awaitify.project.index import File, Function, text_of

OPERATORS = {"==", "!=", "<", "<=", ">", ">="}
#: Functions of PostgreSQL whose result is a date, a time or a number.
NOT_TEXT = {
    "date", "date_part", "date_trunc", "extract", "age", "now", "count", "length", "char_length", "octet_length", "abs",
    "ceil", "floor", "round", "avg", "make_date", "to_date", "to_timestamp", "to_number", "cardinality", "array_length",
}  # fmt: skip
#: Types that a cast names, none of which takes text.
TYPES = {
    "Date", "DateTime", "Time", "Interval", "Integer", "BigInteger", "SmallInteger", "Numeric", "Float", "Double",
    "Boolean", "Uuid", "UUID", "DATE", "TIMESTAMP", "TIME", "INTEGER", "BIGINT", "NUMERIC", "FLOAT", "BOOLEAN",
}  # fmt: skip


def compared_values(function: Function) -> Iterator[tuple[Node, Node, Node]]:
    """(the expression, what stands beside it, the whole) of each comparison of such an expression."""
    for node in walk_own(function.node):
        if node.type == "comparison_operator" and len(node.children) == 3 and text_of(node.children[1]) in OPERATORS:
            left, right = node.named_children
            for computed, value in ((left, right), (right, left)):
                if is_no_text(computed, function.file):
                    yield computed, value, node
        elif node.type == "call" and last_name(node) == "between":
            base = node.named_children[0].child_by_field_name("object")
            for value in positional(node) if base is not None and is_no_text(base, function.file) else ():
                if base is not None:
                    yield base, value, node


def is_no_text(node: Node, file: File) -> bool:
    """Whether an expression is a call of SQL that gives a date, a time or a number."""
    if node.type != "call":
        return False
    callee, name = node.named_children[0], last_name(node)
    base = callee.child_by_field_name("object") if callee.type == "attribute" else callee
    imported = {item.local for item in file.imports if item.module.partition(".")[0] in ("sqlalchemy", "sqlmodel")}
    if base is None or text_of(base).partition(".")[0] not in imported:
        return False
    if name in ("cast", "type_coerce"):
        given = positional(node)
        return len(given) == 2 and text_of(given[1]).partition("(")[0].rpartition(".")[2] in TYPES
    return name in NOT_TEXT if callee.type == "attribute" else name == "extract"
