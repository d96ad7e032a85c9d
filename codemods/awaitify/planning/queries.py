"""The edits of legacy queries in one function."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from awaitify_transforms.edits import (
    AddArgument,
    AddParameter,
    AsyncComprehension,
    AsyncFor,
    BuildQuery,
    ExecuteQuery,
    Rename,
    ReplaceExpression,
    SelectQuery,
)
from tree_sitter import Node

from awaitify.analysis.colour import Colouring
from awaitify.analysis.queries.uses import is_loop
from awaitify.analysis.queries.values import GIVEN, Query, QueryChange, QueryUse
from awaitify.analysis.uniquing import needs_unique
from awaitify.planning.draft import Draft
from awaitify.project.index import File, Function, is_within, span_of, text_of

WHOLE = ("iterate", "contains")  # what is replaced is the query itself, not a call on it
SESSION_NAMES = ("db", "session", "db_session", "async_session")
UNSELECTED = ("delete", "update", "get")  # what becomes of the query has no select in it, as a rule
NEEDED = {
    "count": ("select", "func"), "delete": ("delete",), "update": ("update",),
}  # fmt: skip


@dataclass(eq=False)
class QueryPlanner:
    """Plans into a draft. name: what a function of SQLAlchemy is called in a file, imported."""

    colouring: Colouring
    draft: Draft
    name: Callable[[File, str], str]

    def plan(self, function: Function) -> None:
        """Executions, builders with another name, and sessions for helpers that execute what they are given."""
        queries = self.colouring.effects.queries.get(function)
        if queries is None:
            return
        for use in queries.uses:
            self._use(function, use)
        for change in queries.changes:
            self._change(function.file, change)
        for call in function.calls:
            self._pass_session(function, call.node, queries.passes.get(call.node.id, ""))
        if queries.given:
            self._take_session(function)

    def select(self, function: Function) -> None:
        """Only what a function needs that stays as it is and makes queries for others."""
        for root in self.colouring.effects.queries[function].roots:
            span = span_of(root.node)
            self.draft.add(function.file, SelectQuery(span=span, select=self.name(function.file, "select")))
        self.plan(function)

    def _use(self, function: Function, use: QueryUse) -> None:
        value, consumer = use.value, use.consumer
        shape = "column" if value.shape == "aggregate" and consumer != "scalar" else value.shape
        unique = needs_unique(value, self.colouring.effects.mapping)
        stream = value.streamed and consumer == "iterate" and is_loop(use.node)
        bulk = consumer in ("delete", "update")
        criteria = value.criteria or () if bulk and value.inline else ()
        self.draft.add(
            function.file,
            ExecuteQuery(
                span=_bare(use.receiver) if consumer in WHOLE else span_of(use.node), consumer=consumer,
                query=_bare(use.receiver), session=self._session(function, value), shape=shape or "entity",
                unique=unique, entity=value.entity, criteria=tuple(span_of(node) for node in criteria),
                stored=bulk and not value.inline and value.filtered, narrowed=value.narrowed, stream=stream,
                **{name: self.name(function.file, name) for name in NEEDED.get(consumer, ())},
            ),
        )  # fmt: skip
        if stream:
            self._stream(function.file, use.node)
        if consumer in UNSELECTED and all(item.local != "select" for item in function.file.imports):
            self.draft.remove_import(function.file, "sqlalchemy", "select")

    def _stream(self, file: File, node: Node) -> None:
        loop = node.parent
        assert loop is not None
        word = next(child for child in loop.children if child.type == "for")
        edit = AsyncFor if loop.type == "for_statement" else AsyncComprehension
        self.draft.add(file, edit(span=span_of(word)))

    def _session(self, function: Function, value: Query) -> str:
        (session,) = value.sessions
        return self.given_name(function) if session == GIVEN else session

    def given_name(self, function: Function) -> str:
        """What a helper calls the session that it is given: as its callers do, unless the name means something else."""
        queries = self.colouring.effects.queries
        passed = [
            text.rpartition(".")[2]
            for call in self.colouring.resolution.callers.get(function, ())
            if call.function is not None and (text := queries[call.function].passes.get(call.node.id, ""))
        ]
        taken = {text_of(name) for name in function.file.names if is_within(name, function.node)}
        return next(name for name in (*passed, *SESSION_NAMES, "awaited_session") if name not in taken | {GIVEN})

    def _take_session(self, function: Function) -> None:
        name = self.given_name(function)
        annotated = any(param.annotation is not None for param in function.params)
        self.draft.add(
            function.file,
            AddParameter(span=span_of(function.name_node), name=name, annotation="AsyncSession" if annotated else ""),
        )
        if annotated:
            self.draft.add_import(function.file, "sqlalchemy.ext.asyncio", "AsyncSession")

    def _pass_session(self, function: Function, node: Node, session: str) -> None:
        """The session of a query that goes to a helper, or to a library's, where that executes it."""
        effects = self.colouring.effects
        call = next(call for call in function.calls if call.node.id == node.id)
        helpers = self.colouring.resolution.functions(call)
        if session and (not helpers or any(effects.queries[item].given for item in helpers)):
            code = self.given_name(function) if session == GIVEN else session
            self.draft.add(function.file, AddArgument(span=span_of(node), code=code))

    def _change(self, file: File, change: QueryChange) -> None:
        span = span_of(change.node)
        if change.form == "not-none":
            outer = change.node.parent
            is_negated = outer is not None and outer.type == "not_operator"
            node, test = (outer, "is None") if outer is not None and is_negated else (change.node, "is not None")
            self.draft.add(file, ReplaceExpression(span=span_of(node), code=f"{text_of(change.node)} {test}"))
            return
        if change.form == "rename":
            self.draft.add(file, Rename(span=span, new=change.name))
            return
        if change.form != "union":
            self.draft.add(file, BuildQuery(span=span, form=change.form, name=change.name, entity=change.entity))
            return
        names = {"name": self.name(file, change.name), "select": "select"}
        if change.entity:
            names["select"] = self.name(file, "select")
            self.draft.add_import(file, "sqlalchemy.orm", "aliased")
        self.draft.add(file, BuildQuery(span=span, form="union", entity=change.entity, alias=change.alias, **names))


def _bare(node: Node) -> tuple[int, int]:
    """The span of a query, without parentheses around it."""
    while node.type == "parenthesized_expression" and node.named_children:
        node = node.named_children[0]
    return span_of(node)
