"""Which functions ask a mock of a session, once they are async, for exactly what they asked it for before.

A mock is set up along the chain `query(...).filter(...).first()`. A converted function executes a statement instead;
the module beside the tests makes the calls of the chain from it again. That is exact for the chains that leave a trace
of each call in the statement; functions with others stay sync where tests hand over mocks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from awaitify_transforms.edits import Edit, InsertCode, LoadOptions

from awaitify.analysis.queries.methods import ENDINGS
from awaitify.analysis.queries.values import Queries, QueryUse
from awaitify.plan_model import Reason
from awaitify.planning.functions import FunctionPlanner
from awaitify.planning.renaming import twin_name
from awaitify.project.index import Function, text_of

WHY = "tests hand over a mock session, and what they set up on it does not show what this asks for"
TRACELESS = ("getitem", "contains", "exists")
STATEMENTS = ("execute", "scalars", "scalar")
ORDERED = re.compile(rb"\bquery\b[\w.()]*\.side_effect")
ASKED = re.compile(rb"\bquery\b[\w.()]*\.(?:side_effect|assert|call|mock_calls)")
COUNTED = re.compile(rb"\.refresh\b\.?(?:assert|call|side_effect|mock_calls)")
BULK = re.compile(r"\.(filter_by|join|outerjoin|options|order_by|select_from)\(")


@dataclass(eq=False)
class Replay:
    """Judges the functions that become async. natives: the names of those that execute statements of their own."""

    functions: FunctionPlanner

    def __post_init__(self) -> None:
        self.colouring = self.functions.colouring
        effects = self.colouring.effects
        self.moving = [item for item in self.colouring.colours.asyncs if not item.file.is_test]
        self.asking = [item for item in self.moving if effects.queries[item].roots or effects.queries[item].uses]
        uses = [use for item in self.asking for use in effects.queries[item].uses]
        self.has_queries = bool(uses)
        self.has_gets = any(use.consumer == "get" for use in uses)
        stating = [item for item in self.moving if any(self._is_statement(item))] if uses else []
        asked = {self._name(item) for item in self.asking}
        self.mixed = [item for item in stating if item in self.asking or self._name(item) in asked]
        self.natives = {self._name(item) for item in stating if item not in self.mixed}
        calls = [(item, call) for item in self.moving for call in item.calls]
        self.own_options = any(
            text_of(call.callee).endswith(".options") and call.node.id in effects.queries[item].members
            for item, call in calls
        )
        self.own_refreshes = any(
            text_of(call.callee).endswith(".refresh") and len(call.arguments) > 1 for _, call in calls
        )
        tests = [file.source.text for file in self.colouring.resolution.project.files if file.is_test]
        self.is_ordered = any(ORDERED.search(text) for text in tests)
        self.is_asked = any(ASKED.search(text) for text in tests)
        self.is_counted = any(COUNTED.search(text) for text in tests)

    def problems(self) -> dict[Function, Reason]:
        """The functions that must stay sync."""
        found: dict[Function, Reason] = {}
        for function in self.moving:
            line = next(self._lines(function), None)
            if line is not None:
                found[function] = Reason("test-fake", WHY, function.file.source.relative, line)
        return found

    def _name(self, function: Function) -> str:
        return twin_name(function) if function in self.colouring.colours.twins else function.name

    def _is_statement(self, function: Function) -> Iterator[bool]:
        """Whether it executes a statement that is not a text."""
        for effect in self.colouring.effects.of(function):
            called = text_of(effect.call.callee).rpartition(".")[2]
            if effect.kind == "session" and (called in STATEMENTS or (called == "get" and self.has_gets)):
                first = text_of(effect.call.arguments[0]) if effect.call.arguments else ""
                yield not _is_text(first, function)

    def _lines(self, function: Function) -> Iterator[int]:
        """The lines of what cannot be asked for again."""
        queries = self.colouring.effects.queries[function]
        for use in queries.uses:
            if self._is_traceless(use):
                yield use.node.start_point[0] + 1
        for change in queries.changes:
            if (change.form, change.name) not in (("method", "with_only_columns"), ("not-none", "")):
                yield change.node.start_point[0] + 1
        if self.is_asked:
            yield from self._unasked(function, queries)
        yield from self._cured(function)
        if function in self.mixed:
            yield function.line

    def _is_traceless(self, use: QueryUse) -> bool:
        value, consumer = use.value, use.consumer
        if consumer in TRACELESS or value.streamed or (self.is_ordered and not value.inline):
            return True
        if consumer in ("update", "delete"):
            return value.criteria is None or not value.inline or bool(BULK.search(text_of(use.receiver)))
        if consumer == "scalar":
            return value.shape == "entity" or (value.shape == "aggregate" and value.narrowed)
        return consumer == "get" and bool(value.locks)

    def _unasked(self, function: Function, queries: Queries) -> Iterator[int]:
        """Queries inside others, which a mock was asked for too: seen where tests look at how it was."""
        executed = {root for use in queries.uses for root in use.value.roots}
        for root in queries.roots:
            if root not in executed and not queries.returned and not queries.passes:
                yield root.line
        for call in function.calls:
            receiver = call.callee.child_by_field_name("object") if call.callee.type == "attribute" else None
            name = text_of(call.callee).rpartition(".")[2]
            if receiver is not None and receiver.id in queries.members and name in ENDINGS:
                yield call.line

    def _cured(self, function: Function) -> Iterator[int]:
        """Options and refreshes that came in, where the app has some of its own, or the tests count them."""
        edits = self._edits(function)
        inserted = [edit.code for edit in edits if isinstance(edit, InsertCode) and ".refresh(" in edit.code]
        whole = any("attribute_names" not in code for code in inserted)
        loads = any(isinstance(edit, LoadOptions) for edit in edits)
        if (loads and self.own_options) or (inserted and self.own_refreshes) or (whole and self.is_counted):
            yield function.line

    def _edits(self, function: Function) -> list[Edit]:
        start, end = function.node.start_byte, function.node.end_byte
        own = [edit for edit in self.functions.draft.edits[function.file] if start <= edit.span[0] < end]
        return [*own, *self.functions.twin_edits[function]]

    def cures(self) -> list[Edit]:
        """All edits, those of twins included."""
        return [edit for function in self.moving for edit in self._edits(function)]


def _is_text(code: str, function: Function) -> bool:
    """Whether an argument is SQL as a text."""
    assigned = re.search(rf"\b{re.escape(code)} = ([\w.]*)\(", text_of(function.node)) if code.isidentifier() else None
    made = assigned.group(1) if assigned is not None else code.partition("(")[0]
    return made.rpartition(".")[2] == "text"
