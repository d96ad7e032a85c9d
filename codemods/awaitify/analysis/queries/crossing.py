"""Queries that go into other functions and come back from them."""

from __future__ import annotations

from dataclasses import replace

from tree_sitter import Node

from awaitify.analysis.fact_finding import bind
from awaitify.analysis.queries.uses import Look
from awaitify.analysis.queries.values import GIVEN, Group, Query, Value, merge
from awaitify.project.index import Call, Function, text_of

CONSUMERS_OF_ITERABLES = {
    "list", "set", "tuple", "sorted", "frozenset", "enumerate", "dict", "any", "all", "sum", "map", "filter", "zip",
    "max", "min", "iter",
}  # fmt: skip


class Crossing(Look):
    """Translates the name of the session on the way: a parameter, or an attribute of the receiver."""

    def functions(self, call: Call) -> list[Function]:
        found = self.resolution.functions(call)
        others = [other for function in found for other in self.resolution.overrides.get(function, ())]
        return list(dict.fromkeys([*found, *others]))

    def give(self, call: Call, functions: list[Function], argument: Node, value: Value) -> None:
        """A query that is an argument: into the function's parameter, or to SQLAlchemy, or somewhere unknown."""
        if isinstance(value, Query) and self._is_read(call, argument, value):
            return
        held = argument.child_by_field_name("value") if argument.type == "keyword_argument" else argument
        known = [
            (item, name)
            for item in functions
            for name, node in bind(item, call)
            if held is not None and node.id == held.id
        ]
        if not functions or len(known) < len(functions) or isinstance(value, Group):
            self.queries.problem(
                argument, f"the query is passed on to {text_of(call.callee)[:60]}, which is not followed"
            )
            return
        for function, name in known:
            self.summary.link(self.function, function)
            if isinstance(value, Query):
                self.summary.give(function, name, self._given(value, call, function))

    def _is_read(self, call: Call, argument: Node, value: Query) -> bool:
        """Whether the callee is a builtin that iterates, or SQLAlchemy's, which takes a select as it takes a query."""
        callee = call.callee
        if callee.type == "identifier" and text_of(callee) in CONSUMERS_OF_ITERABLES and not self.functions(call):
            self.use(argument, "iterate", argument, value)
            return True
        if callee.type == "identifier" and text_of(callee) in ("print", "id", "type"):
            return True
        name = text_of(callee).rpartition(".")[2]
        targets = self.resolution.targets.get(call, ())
        is_sql = bool(targets) and all(target.name.startswith(("sqlalchemy.", "sqlmodel.")) for target in targets)
        if targets and not is_sql and all(self.summary.executes(target.name) for target in targets):
            return self._is_executed(call, argument, value)
        return (is_sql and name != "select") or (not targets and name in ("in_", "not_in", "notin_"))

    def _is_executed(self, call: Call, argument: Node, value: Query) -> bool:
        """A library's function executes it: on the session before it, or on its own, which is handed over then."""
        if argument.type == "keyword_argument" or argument == call.arguments[0]:
            session = next(iter(value.sessions), "") if len(value.sessions) == 1 else ""
            if argument.type == "keyword_argument" or not session:
                return False
            self.queries.passes[call.node.id] = session
        return True

    def _given(self, value: Query, call: Call, function: Function) -> Query:
        """The query as the callee sees it: its session under the name of the parameter that the session is given to."""
        return value.crossed(self._inward(item, call, function) for item in value.sessions)

    def _inward(self, session: str, call: Call, function: Function) -> str:
        name = next((name for name, node in bind(function, call) if text_of(node) == session), None)
        if name is None:
            receiver = _receiver(call)
            if receiver and session.startswith(f"{receiver}."):
                return f"self.{session[len(receiver) + 1 :]}"
            name = GIVEN
        if name == GIVEN:
            self.queries.passes[call.node.id] = session
        return name

    def given_back(self, call: Call, functions: list[Function]) -> Value:
        found = []
        for function in functions:
            value = self.summary.results.get(function)
            if value is not None:
                self.summary.link(self.function, function)
                found.append(self._outward(value, call, function))
        if found and len(found) < sum(bool(function.returns) for function in functions):
            self.queries.problem(call.node, "only some of the functions that this may call return a query")
        return merge(found)

    def _outward(self, value: Value, call: Call, function: Function) -> Value:
        """A returned query as the caller sees it: its session as the argument, or an attribute of the receiver."""
        if isinstance(value, Group):
            items = value.items and tuple(self._outward(item, call, function) for item in value.items)
            return Group(items, self._outward(value.others, call, function))
        if value is None:
            return None
        arguments = {name: node for name, node in bind(function, call) if node.type in ("identifier", "attribute")}
        sessions = (self._session_outward(session, call, function, arguments) for session in value.sessions)
        return self._refined(value, call, function).crossed(sessions)

    def _session_outward(self, session: str, call: Call, function: Function, arguments: dict[str, Node]) -> str:
        first, dot, rest = session.partition(".")
        if first == GIVEN:
            return self.queries.passes.get(call.node.id, GIVEN)
        if first == "self" and function.cls is not None:
            first = _receiver(call)
        else:
            first = text_of(arguments[first]) if first in arguments else ""
        return f"{first}{dot}{rest}" if first else ""

    def _refined(self, value: Query, call: Call, function: Function) -> Query:
        """What a helper gives back of the query that it is given selects what this caller's query does."""
        passed = [query for node, query in self.arguments.get(call.node.id, ()) if isinstance(query, Query)]
        params = [item for (owner, _), item in self.summary.params.items() if owner is function]
        if len(passed) != 1 or len(params) != 1 or not isinstance(params[0], Query):
            return value
        given, merged = passed[0], params[0]
        if not value.roots <= merged.roots or value.elements != merged.elements:
            return value
        target = given.target if value.target == merged.target else value.target
        return replace(value, roots=given.roots, elements=given.elements, target=target)


def _receiver(call: Call) -> str:
    """What a method is called on; `super()` is self."""
    node = call.callee.child_by_field_name("object") if call.callee.type == "attribute" else None
    text = text_of(node) if node is not None and node.type in ("identifier", "attribute", "call") else ""
    return "self" if text.startswith("super(") else text if node is None or node.type != "call" else ""
