"""Overrides in tests that build an object of the app on a session of the tests.

`overrides[get_service] = lambda: Service(Items(session))`: what the app is given then keeps an async session, which the
override opens on the same database.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from tree_sitter import Node

from awaitify.analysis.calls import Resolution
from awaitify.analysis.entries.model import Entries
from awaitify.analysis.fact_finding import bind
from awaitify.analysis.sessions.sources import session_params
from awaitify.analysis.target_tests.behind import functions_behind
from awaitify.analysis.target_tests.fixtures import handed_over, own_nodes
from awaitify.analysis.target_tests.keys import OverrideKey, find_class_keys, find_keys
from awaitify.analysis.target_tests.trace import Origin, Tracer, assigned
from awaitify.project.index import Call, File, Function, ancestors, is_label, is_within, owner_of, text_of


@dataclass(eq=False, slots=True)
class Built:
    """One such override. provider: the dependency, or the constructor of the class that is one; function: the override,
    None for a lambda; sessions: where the session, or a mock of one, stands in what it hands over; calls: the
    constructors around those; bound: what the names in it are bound to that nothing else uses, by the name's node."""

    key: OverrideKey
    provider: Function
    function: Function | None
    sessions: list[Node]
    origin: Origin
    calls: list[Call]
    bound: dict[int, Node]

    @property
    def file(self) -> File:
        return self.function.file if self.function is not None else self.key.file

    @property
    def opens(self) -> bool:
        """Whether the override opens the session itself."""
        return self.function is not None and self.origin.opener is self.function

    @property
    def statements(self) -> list[Node]:
        """Those that bind these names."""
        found = {node.parent.id: node.parent for node in self.bound.values() if node.parent is not None}
        return [item.parent if item.parent is not None else item for item in found.values()]


@dataclass(eq=False)
class BuiltOverrides:
    """Finds them, once."""

    resolution: Resolution
    entries: Entries
    tracer: Tracer
    by_call: dict[Call, list[Built]] = field(default_factory=dict)
    found: list[Built] = field(default_factory=list)

    def __post_init__(self) -> None:
        targets = {item for found in self.entries.depends_on.values() for item in found if not item.file.is_test}
        inits = {item.cls: item for item in targets if item.cls is not None and item.name == "__init__"}
        keys = [(key, key.provider) for key in find_keys(self.resolution, targets - set(inits.values()))]
        keys += [(key, inits[cls]) for key, cls in find_class_keys(self.resolution, set(inits))]
        for key, provider in keys:
            built = self._built(key, key.value, provider) if key.value is not None else None
            if built is not None:
                self.found.append(built)
                for call in built.calls:
                    self.by_call.setdefault(call, []).append(built)

    def _built(self, key: OverrideKey, value: Node, provider: Function) -> Built | None:
        owner = owner_of(key.file, value)
        while value.type == "parenthesized_expression" and value.named_children:
            value = value.named_children[0]
        if value.type == "lambda":
            body = value.child_by_field_name("body")
            return self._parts(key, provider, None, [body], owner) if body is not None else None
        functions = functions_behind(self.tracer, key.file, value, owner)
        if len(functions) != 1:
            return None
        return self._parts(key, provider, functions[0], handed_over(functions[0]), functions[0])

    def _parts(
        self,
        key: OverrideKey,
        provider: Function,
        function: Function | None,
        values: list[Node],
        owner: Function | None,
    ) -> Built | None:
        """The override, where each value is built by constructors on one session; None otherwise."""
        file = function.file if function is not None else key.file
        bound = self._bound(file, values, owner) if owner is not None else {}
        sessions, calls = list[Node](), list[Call]()
        for value in [*values, *bound.values()]:
            given = [node for node in plain_names(value) if self._is_given(file, node, owner)]
            outer = [node for node in plain_names(value) if node in given or node.id in bound]
            is_bound = value.id in {node.id for node in outer if node.id in bound}
            around = [call for node in outer if not is_bound for call in self._around(file, node, value)]
            if not outer or any(call is None for call in around):
                return None
            sessions += given
            calls += [call for call in around if call is not None and call not in calls]
        if not sessions or len({text_of(node) for node in sessions}) > 1:
            return None
        origin = self.tracer.origin(file, sessions[0], owner)
        if any(self.tracer.origin(file, node, owner).kind != origin.kind for node in sessions):
            return None
        return Built(key, provider, function, sessions, origin, calls, bound)

    def _is_given(self, file: File, node: Node, owner: Function | None) -> bool:
        """Whether a name is a session, or a mock that a constructor takes for one."""
        kind = self.tracer.origin(file, node, owner).kind
        if kind != "fake":
            return kind == "session"
        call = next((found for item in ancestors(node) if (found := self.resolution.call_at(file, item))), None)
        return call is not None and any(
            value == node and name in session_params(callee, self.resolution)
            for callee in self.resolution.functions(call)
            for name, value in bind(callee, call)
        )

    def _bound(self, file: File, values: list[Node], owner: Function) -> dict[int, Node]:
        """What constructors make for names in these values, or in one another, on the way to where they are used."""
        body, found, todo = owner.node.child_by_field_name("body"), dict[int, Node](), [*values]
        while todo:
            for node in plain_names(todo.pop()):
                made = list(assigned(body, text_of(node)))
                call = self.resolution.call_at(file, made[0]) if len(made) == 1 else None
                if call is not None and self.resolution.class_meant(file, call.callee) is not None:
                    found[node.id] = made[0]
                    todo.append(made[0])
        inside = [*values, *found.values()]
        names = {text_of(node) for value in inside for node in plain_names(value) if node.id in found}
        for node in file.names_in(owner.node):
            is_left = node.parent is not None and node.parent.child_by_field_name("right") in inside
            is_used = text_of(node) in names and not is_label(node)
            if is_used and not is_left and not any(is_within(node, value) for value in inside):
                return {}
        return found

    def _around(self, file: File, node: Node, value: Node) -> Iterator[Call | None]:
        """The constructors that a name is handed to, from the inside out; None for anything else."""
        while node != value:
            assert node.parent is not None
            node = node.parent
            if node.type == "call":
                call = self.resolution.call_at(file, node)
                callees = self.resolution.functions(call) if call is not None else []
                is_made = call is not None and self.resolution.class_meant(file, call.callee) is not None
                yield call if is_made and all(item.name == "__init__" for item in callees) else None
            elif node.type not in ("argument_list", "keyword_argument", "parenthesized_expression"):
                yield None
        if node.type != "call":
            yield None


def plain_names(value: Node) -> Iterator[Node]:
    """The names in an expression that are values of their own."""
    for node in (value, *own_nodes(value)):
        parent = node.parent
        if node.type != "identifier" or parent is None:
            continue
        is_callee = parent.type == "call" and parent.child_by_field_name("function") == node
        is_keyword = parent.type == "keyword_argument" and parent.child_by_field_name("name") == node
        if not is_callee and not is_keyword and parent.type != "attribute":
            yield node
