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
from awaitify.plan_model import Reason
from awaitify.planning.draft import Draft
from awaitify.project.index import Call, File, Function, ancestors, is_within, span_of, text_of

ROLLED_BACK = (
    "tests share a session inside a transaction that is rolled back, and an async connection cannot see its rows"
)
TIMES = (
    "all rows of a test had one time of the server, in one transaction; now each commit has its own, so a test that "
    "counts on equal times (rows ordered by such a column) may see another order"
)
SERVER_TIME = re.compile(
    rb"(?:default|onupdate)\s*=\s*(?:\w+\.)?(?:func\.(?:now|current_timestamp)|text\(.(?:now\(|CURRENT_TIMESTAMP))",
    re.IGNORECASE,
)
NAME = "RestorePoint"
CODE = '''class RestorePoint:
    """Stands for a test's transaction, whose rows other connections cannot see: a rollback puts all rows back."""

    is_active = True
    known = WeakKeyDictionary()
    versions = {
        "sqlite": "PRAGMA schema_version",
        "postgresql": "SELECT count(*), max(CAST(CAST(xmin AS text) AS bigint)) FROM ("
        "SELECT xmin FROM pg_attribute UNION ALL SELECT xmin FROM pg_constraint) AS changes",
    }

    def __init__(self, connection):
        self.connection = connection
        with connection.begin():
            self.tables = self._tables()
            self.rows = self._read()

    def _tables(self):
        """How the rows of each table are read; read from the schema where it may be another one than before."""
        known = self.known.setdefault(self.connection.engine, {})
        ask = self.versions.get(self.connection.dialect.name)
        version = tuple(self.connection.exec_driver_sql(ask).one()) if ask else None
        if version is None or version not in known:
            metadata = MetaData()
            metadata.reflect(self.connection)
            known.clear()
            known[version] = {
                table: select(*[column for column in table.columns if column.computed is None])
                for table in metadata.sorted_tables
            }
        return known[version]

    def _read(self):
        return {
            table: [dict(row) for row in self.connection.execute(rows).mappings()]
            for table, rows in self.tables.items()
        }

    def rollback(self):
        """Undoes what the test and the app have committed."""
        if self.connection.in_transaction():
            self.connection.get_transaction().rollback()
        with self.connection.begin():
            if self._read() == self.rows:
                return
            for table in reversed(list(self.tables)):
                self.connection.execute(table.delete())
            for table, rows in self.rows.items():
                if rows:
                    self.connection.execute(table.insert(), rows)

    close = rollback
'''
SAVEPOINT = '''class Savepoint:
    """Stands for a savepoint that nothing goes back to."""

    is_active = True
'''
METHODS = ("rollback", "close", "is_active")
UNDOING = METHODS[:2]
# schemas other than the default one, and numbers that are never given twice
OTHER_SCHEMA = rb"CREATE SCHEMA (?!(IF NOT EXISTS )?[\"']?public\b)"
NOT_EXACT = re.compile(rb"[\"']schema[\"']\s*:|MetaData\(.*schema\s*=|sqlite_autoincrement|" + OTHER_SCHEMA)


@dataclass(eq=False)
class Transactions:
    """Replaces the transactions of fixtures, each once. done: those that have been, or could not be (False)."""

    tracer: Tracer
    draft: Draft
    warnings: list[Reason] = field(default_factory=list)
    done: dict[Function, bool] = field(default_factory=dict)
    placed: set[tuple[File, str]] = field(default_factory=set)

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
                self._warn(function, calls[0])
        return self.done[function]

    def _warn(self, function: Function, call: Call) -> None:
        """Within one transaction the server's clock stands still; each commit has a time of its own."""
        files = self.tracer.resolution.project.files
        if any(SERVER_TIME.search(file.source.text) for file in files if not file.is_test):
            self.warnings.append(Reason("test-times", TIMES, function.file.source.relative, call.line))

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
        uses = [node for node in function.file.named(text_of(left)) if is_within(node, function.node)]
        return all(_is_asked(node) for node in uses if node != left and not _is_bound(node))

    def _plan(self, function: Function, calls: list[Call]) -> None:
        file = function.file
        for call in calls:
            receiver = call.callee.child_by_field_name("object")
            assert receiver is not None
            is_undone = self._is_undone(function, call)
            code = f"{NAME}({text_of(receiver)})" if is_undone else "Savepoint()"
            self.draft.add(file, ReplaceExpression(span=span_of(call.node), code=code))
            self._place(function, CODE if is_undone else SAVEPOINT)

    def _place(self, function: Function, code: str) -> None:
        """Plans a class above a function, once for each file."""
        file = function.file
        if (file, code) in self.placed:
            return
        self.placed.add((file, code))
        top = next(i for i in (function.node, *ancestors(function.node)) if i.parent and i.parent.type == "module")
        self.draft.add(file, InsertCode(span=span_of(top), where="before", code=code))
        if code == CODE:
            self.draft.add_import(file, "sqlalchemy", "MetaData")
            self.draft.add_import(file, "sqlalchemy", "select")
            self.draft.add_import(file, "weakref", "WeakKeyDictionary")

    def _is_undone(self, function: Function, call: Call) -> bool:
        """Whether a transaction is ever rolled back or closed; a savepoint inside another may only be asked whether it
        is still active."""
        if not text_of(call.callee).endswith(".begin_nested"):
            return True
        left = call.node.parent.child_by_field_name("left") if call.node.parent is not None else None
        uses = [node for node in function.file.names if is_within(node, function.node)]
        names = [
            node for node in uses if left is not None and text_of(node) == text_of(left) and node.parent is not None
        ]
        called = [text_of(node.parent.child_by_field_name("attribute") or node) for node in names if node.parent]
        return any(name in UNDOING for name in called)


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
