"""A transaction around each test of the target, undone after it: the app's own connections cannot see into it.

Its place takes an object that puts the rows of all tables back: `transaction = connection.begin()` becomes
`transaction = RestorePoint(connection)`. Rows, and numbers that a sequence has given away, are then as after a
rollback. Not for tables in several schemas and numbers that SQLite must never give twice: those stay sync.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from awaitify_transforms.edits import InsertCode, ReplaceExpression
from tree_sitter import Node

from awaitify.analysis.target_tests.trace import Tracer
from awaitify.planning.draft import Draft
from awaitify.project.index import Call, File, Function, ancestors, span_of, text_of

ROLLED_BACK = (
    "tests share a session inside a transaction that is rolled back, and an async connection cannot see its rows"
)
NAME = "RestorePoint"
CODE = '''class RestorePoint:
    """Stands for a test's transaction, whose rows other connections cannot see: a rollback puts all rows back."""

    is_active = True

    def __init__(self, connection):
        self.connection = connection
        self.metadata = MetaData()
        with connection.begin():
            self.metadata.reflect(connection)
            self.rows = self._read()

    def _read(self):
        tables = self.metadata.sorted_tables
        stored = {table: [column for column in table.columns if column.computed is None] for table in tables}
        return {
            table: [dict(row) for row in self.connection.execute(select(*columns)).mappings()]
            for table, columns in stored.items()
        }

    def rollback(self):
        """Undoes what the test and the app have committed."""
        if self.connection.in_transaction():
            self.connection.get_transaction().rollback()
        with self.connection.begin():
            if self._read() == self.rows:
                return
            for table in reversed(self.metadata.sorted_tables):
                self.connection.execute(table.delete())
            for table, rows in self.rows.items():
                if rows:
                    self.connection.execute(table.insert(), rows)

    close = rollback
'''
METHODS = ("rollback", "close", "is_active")
# schemas other than the default one, and numbers that are never given twice
OTHER_SCHEMA = rb"CREATE SCHEMA (?!(IF NOT EXISTS )?[\"']?public\b)"
NOT_EXACT = re.compile(rb"[\"']schema[\"']\s*:|MetaData\(.*schema\s*=|sqlite_autoincrement|" + OTHER_SCHEMA)


@dataclass(eq=False)
class Transactions:
    """Replaces the transactions of fixtures, each once. done: those that have been, or could not be (False)."""

    tracer: Tracer
    draft: Draft
    done: dict[Function, bool] = field(default_factory=dict)
    files: set[File] = field(default_factory=set)

    def replace(self, functions: list[Function]) -> bool:
        """Whether every transaction that the functions begin has been replaced."""
        replaced = [self._replaced(function) for function in functions]
        return all(replaced)

    def _replaced(self, function: Function) -> bool:
        if function not in self.done:
            calls = self.tracer.begun(function)
            self.done[function] = bool(calls) and self._is_exact(function, calls)
            if self.done[function]:
                self._plan(function, calls)
        return self.done[function]

    def _is_exact(self, function: Function, calls: list[Call]) -> bool:
        files = self.tracer.resolution.project.files
        if any(NOT_EXACT.search(file.source.text) for file in files):
            return False
        return all(self._is_plain(function, call) for call in calls)

    def _is_plain(self, function: Function, call: Call) -> bool:
        """`name = connection.begin()`, where the name is only rolled back, closed or asked whether it is active."""
        statement, receiver = call.node.parent, call.callee.child_by_field_name("object")
        if statement is None or statement.type != "assignment" or receiver is None or receiver.type != "identifier":
            return False
        left = statement.child_by_field_name("left")
        if left is None or left.type != "identifier":
            return False
        uses = [node for node in function.file.names if text_of(node) == text_of(left) and _within(node, function.node)]
        return all(_is_asked(node) for node in uses if node != left and not _is_bound(node))

    def _plan(self, function: Function, calls: list[Call]) -> None:
        file = function.file
        for call in calls:
            receiver = call.callee.child_by_field_name("object")
            assert receiver is not None
            self.draft.add(file, ReplaceExpression(span=span_of(call.node), code=f"{NAME}({text_of(receiver)})"))
        if file in self.files:
            return
        self.files.add(file)
        top = next(i for i in (function.node, *ancestors(function.node)) if i.parent and i.parent.type == "module")
        self.draft.add(file, InsertCode(span=span_of(top), where="before", code=CODE))
        for name in ("MetaData", "select"):
            self.draft.add_import(file, "sqlalchemy", name)


def _within(node: Node, outer: Node) -> bool:
    return outer.start_byte <= node.start_byte and node.end_byte <= outer.end_byte


def _is_asked(name: Node) -> bool:
    parent = name.parent
    if parent is None or parent.type != "attribute" or parent.child_by_field_name("object") != name:
        return False
    return text_of(parent.child_by_field_name("attribute") or parent) in METHODS


def _is_bound(name: Node) -> bool:
    """A target of another assignment, or `nonlocal name`."""
    parent = name.parent
    if parent is None:
        return False
    is_target = parent.type == "assignment" and parent.child_by_field_name("left") == name
    return is_target or parent.type in ("nonlocal_statement", "global_statement")
