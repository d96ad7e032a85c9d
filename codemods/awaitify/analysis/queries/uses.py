"""Where a query is executed, and why that may have no exact async form."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from tree_sitter import Node

from awaitify.analysis.calls import Resolution
from awaitify.analysis.queries.methods import Methods
from awaitify.analysis.queries.values import GIVEN, Queries, Query, QueryUse, Value, merge
from awaitify.project.index import Call, Function, ancestors

READ_WITHOUT_CALL = ("iterate", "contains", "getitem")
Names = dict[str, Value]


@dataclass(eq=False)
class Summary:
    """What functions give each other: queries by parameter, by result, and who is linked to whom. executes: whether a
    function of a library executes what it is handed. listener: what changes every query before it is executed."""

    params: dict[tuple[Function, str], Value] = field(default_factory=dict)
    results: dict[Function, Value] = field(default_factory=dict)
    closures: dict[Function, Names] = field(default_factory=dict)
    links: dict[Function, set[Function]] = field(default_factory=dict)
    calls: dict[Function, set[Function]] = field(default_factory=dict)
    waiting: list[Function] = field(default_factory=list)
    executes: Callable[[str], bool] = lambda name: False
    listener: str = ""

    def link(self, one: Function, other: Function) -> None:
        """A query crosses from one function to another that it calls, or back."""
        self.calls.setdefault(one, set()).add(other)
        self.links.setdefault(one, set()).add(other)
        self.links.setdefault(other, set()).add(one)

    def give(self, function: Function, name: str, value: Value) -> None:
        """A query reaches a parameter."""
        merged = merge([self.params.get((function, name)), value])
        if merged != self.params.get((function, name)):
            self.params[function, name] = merged
            self.wait(function)

    def wait(self, function: Function) -> None:
        """A function is to be looked at again."""
        if function not in self.waiting:
            self.waiting.append(function)


@dataclass(eq=False)
class Look:
    """One look at one function. arguments: the queries among the arguments of each call."""

    function: Function
    resolution: Resolution
    methods: Methods
    summary: Summary
    queries: Queries = field(default_factory=Queries)
    arguments: dict[int, list[tuple[Node, Value]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.calls = {call.node.id: call for call in self.function.calls}
        self.roots = {call.node.id: call for call in self.function.calls if is_query_root(call, self.resolution)}
        self.result: Value = None
        self.uses: dict[int, QueryUse] = {}

    def use(self, node: Node, consumer: str, receiver: Node, value: Query) -> None:
        old = self.uses.get(node.id)
        merged = merge([old.value, value]) if old is not None else value
        assert isinstance(merged, Query)
        problem = merged.problem or self._heard() or _use_problem(consumer, merged, node)
        problem = problem or _place_problem(consumer, node)
        if problem:
            self.queries.problem(node, problem)
        if merged.streamed and not (consumer == "iterate" and is_loop(node)):
            self._fetch_at_once(receiver)
        self.queries.given = self.queries.given or GIVEN in merged.sessions
        self.uses[node.id] = QueryUse(node, consumer, receiver, merged)

    def _heard(self) -> str:
        where = self.summary.listener
        return f"{where} listens to queries, and would not hear a select" if where else ""

    def _fetch_at_once(self, receiver: Node) -> None:
        """yield_per() says nothing where all rows are read together."""
        for change in self.queries.changes:
            if change.name == "yield_per" and receiver.start_byte <= change.node.start_byte < receiver.end_byte:
                change.form = "drop"

    def value(self, node: Node | None, names: Names) -> Value:
        """What an expression may hold; notes what becomes of the queries inside it."""
        raise NotImplementedError

    def escaping(self, node: Node | None, names: Names, why: str) -> None:
        """An expression whose value goes where it is not followed."""
        value = self.value(node, names)
        if value is not None and node is not None:
            self.queries.problem(node, why)


def is_query_root(call: Call, resolution: Resolution) -> bool:
    """Whether the call is `session.query(...)` on a Session, or on a registry of sessions."""
    return any(
        target.name.endswith((".Session.query", ".scoped_session.query"))
        and target.name.startswith(("sqlalchemy.", "sqlmodel."))
        for target in resolution.targets.get(call, ())
    )


def _use_problem(consumer: str, value: Query, node: Node) -> str:
    """Why an execution has no exact async form."""
    if not value.shape and consumer != "count":
        return "what the query selects is not known"
    if len(value.sessions) != 1 or "" in value.sessions:
        return "whose session executes the query is not known"
    if value.streamed and not value.inline and not (consumer == "iterate" and is_loop(node)):
        return "after yield_per() a query can only be looped over"
    if value.optioned and consumer == "count" and not value.streamed:
        return "the options of a query do not reach its count()"
    if consumer in ("delete", "update"):
        return _bulk_problem(value)
    if consumer == "get" and (not value.entity or value.locks is None or (value.locks and not value.inline)):
        return "what get() gets is not known"
    return ""


def _bulk_problem(value: Query) -> str:
    if not value.entity or value.criteria is None:
        return "its bulk form is not known"
    if not value.inline and value.criteria != () and not value.filtered:
        return "whether the query is filtered depends on the way to its bulk form"
    return ""


def _place_problem(consumer: str, node: Node) -> str:
    """Why `await` cannot stand where a query is read without a call."""
    if consumer not in ("iterate", "contains", "getitem"):
        return ""
    child = node
    for parent in ancestors(node):
        if parent.type in ("function_definition", "class_definition", "block"):
            return ""
        if parent.type == "lambda":
            return "the query is executed in a lambda"
        first = next((item for item in parent.named_children if item.type == "for_in_clause"), None)
        if parent.type == "generator_expression" and not (child == first and consumer == "iterate"):
            return "the query is executed inside a generator expression"
        child = parent
    return ""


def is_loop(node: Node) -> bool:
    parent = node.parent
    return parent is not None and parent.type in ("for_statement", "for_in_clause")


def index_problem(index: list[Node]) -> str:
    if len(index) != 1 or any(item.type == "unary_operator" for item in [index[0], *index[0].named_children]):
        return "a query cannot be counted from its end"
    return ""
