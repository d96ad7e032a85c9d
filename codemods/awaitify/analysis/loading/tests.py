"""Lazy loads in the target's tests: what a test reads is refreshed before the statement that reads it.

The app is left alone: a query of its own does not load more because a test looks at it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from awaitify_transforms.edits import InsertCode
from tree_sitter import Node

from awaitify.analysis.loading.checks import judge
from awaitify.analysis.loading.context import Context
from awaitify.analysis.loading.reads import Read
from awaitify.analysis.loading.types import statement_of
from awaitify.project.index import File, ancestors, span_of, text_of

HEADERS = ("while_statement", "elif_clause")
PARTS = ("boolean_operator", "conditional_expression", "lambda")
COMPREHENSIONS = ("list_comprehension", "set_comprehension", "dictionary_comprehension", "generator_expression")


@dataclass(eq=False)
class TestReads:
    """sessions: id of a function of the tests that works on sessions -> the code of its session."""

    context: Context
    sessions: Mapping[str, str]
    edits: list[tuple[File, InsertCode]] = field(default_factory=list)
    _done: dict[tuple[str, int, str, str], int] = field(default_factory=dict)

    def settle(self, reads: Iterable[Read]) -> list[Read]:
        """Refreshes what tests read, or refuses the tests; gives the reads of the app."""
        left = []
        for read in reads:
            if read.function.file.is_test:
                self._cure(read)
                continue
            left.append(read)
            tests = [root for root in self.context.reach.reached.get(read.function.id, ()) if root in self.sessions]
            if tests and judge(read, self.context.types, self.context.mapping) != "":
                self.context.refuse_roots(
                    tests, read.function, read.node, f"`{text_of(read.node)}` loads lazily in a test"
                )
        return left

    def _cure(self, read: Read) -> None:
        why = judge(read, self.context.types, self.context.mapping)
        if why == "" or read.function.id not in self.sessions or (why is None and self.context.is_transient(read)):
            return
        session, receiver = self.sessions.get(read.function.id, ""), read.receiver
        if why or not session or receiver is None or read.path or not self._is_plain(read, receiver):
            self.context.refuse(read.function, read.node, why or f"`{text_of(read.node)}` loads lazily in a test")
            return
        statement = statement_of(read.node)
        key = (read.function.id, statement.parent.id if statement.parent else 0, text_of(receiver), read.attr)
        since = self._done.get(key)
        self._done[key] = statement.end_byte
        if since is not None and not self._works_between(read, session, since, statement.start_byte):
            return
        code = f'await {session}.refresh({text_of(receiver)}, ["{read.attr}"])'
        self.edits.append((read.function.file, InsertCode(span=span_of(statement), where="before", code=code)))

    def _is_plain(self, read: Read, receiver: Node) -> bool:
        """Whether a name that is bound before the statement is read in it, whatever else the statement does."""
        if receiver.type != "identifier" or (self.context.relationship(read) and self.context.is_left_out(read)):
            return False
        statement = statement_of(read.node)
        for node in (read.node, *ancestors(read.node)):
            if node == statement:
                break
            if node.type in PARTS and node.named_children[0].start_byte != read.node.start_byte:
                return False
            if node.type in HEADERS or (node.type in COMPREHENSIONS and _binds(node, text_of(receiver))):
                return False
        return statement.type not in HEADERS

    def _works_between(self, read: Read, session: str, start: int, end: int) -> bool:
        """Whether the session is used between two places."""
        return any(text_of(name) == session for name in read.function.file.names_between(start, end))


def _binds(comprehension: Node, name: str) -> bool:
    clauses = [child for child in comprehension.named_children if child.type == "for_in_clause"]
    targets = [clause.child_by_field_name("left") for clause in clauses]
    return any(target is not None and name in text_of(target).replace(",", " ").split() for target in targets)
