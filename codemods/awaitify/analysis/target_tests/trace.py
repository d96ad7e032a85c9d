"""Where the sessions of the target's tests come from: bindings and fixtures, followed by name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from tree_sitter import Node

from awaitify.analysis.calls import Resolution
from awaitify.analysis.effects import Effects
from awaitify.analysis.sessions.calls import SESSION_CLASSES
from awaitify.analysis.sessions.classes import derived_session
from awaitify.analysis.target_tests.fixtures import Fixtures, handed_over, own_nodes
from awaitify.project.index import Call, Class, File, Function, is_within, text_of
from awaitify.project.nodes import with_of

MOCKS = re.compile(r"(Magic|Async|NonCallable)?Mock|create_autospec|mock_open|SimpleNamespace")

OWN = {"__init__", "__new__", "commit", "expire_all", "expunge", "get_bind"}
MAKERS = ("sessionmaker", "scoped_session")
BEGINS = {"sessionmaker.begin", "Session.begin"}
CONNECTS = ("connect", "begin", "execution_options")


@dataclass(eq=False)
class Origin:
    """What a value is. kind: "session", "fake" or "unknown"; opener: the function in which it is opened;
    rolled_back: the functions that begin a transaction on its connection and undo it; files: those on the way; begun:
    what opens it in a transaction that a block holds (`with SessionLocal.begin() as db`, `with db.begin():`); makers:
    the calls that make mocks."""

    kind: str = "unknown"
    opener: Function | None = None
    rolled_back: list[Function] = field(default_factory=list)
    files: list[File] = field(default_factory=list)
    begun: list[Call] = field(default_factory=list)
    makers: list[Call] = field(default_factory=list)


@dataclass(eq=False)
class Tracer:
    """Follows expressions of test files back to where their values are made."""

    resolution: Resolution
    effects: Effects
    _calls: dict[File, dict[int, Call]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.fixtures = Fixtures(self.resolution.project)

    def origin(self, file: File, node: Node, function: Function | None) -> Origin:
        """Of the value of an expression that stands in a function."""
        found = Origin()
        self._trace(file, node, function, found, set())
        if found.kind == "unknown":
            names = self.resolution.class_names(file, node)
            if names & set(SESSION_CLASSES):
                found.kind = "session"
            elif any("mock" in name.lower() for name in names):
                found.kind = "fake"
        return found

    def overriding(self, file: File, node: Node, function: Function | None) -> Origin:
        """Of what an override hands over: an object of a class of the tests is a fake session, too."""
        found = self.origin(file, node, function)
        classes = [self.resolution.project.classes.get(name) for name in self.resolution.class_names(file, node)]
        if found.kind == "unknown" and classes and all(cls is not None and cls.file.is_test for cls in classes):
            found.kind = "fake"
        return found

    def _trace(self, file: File, node: Node, function: Function | None, found: Origin, seen: set[int]) -> None:
        if node.id in seen:
            return
        seen.add(node.id)
        self._visit(file, function, found)
        if node.type in ("await", "parenthesized_expression") and node.named_children:
            self._trace(file, node.named_children[0], function, found, seen)
        elif node.type == "call":
            self._call(file, node, function, found, seen)
        elif node.type == "identifier":
            for home, value, scope in self.bindings(file, text_of(node), function):
                self._trace(home, value, scope, found, seen)

    def _visit(self, file: File, function: Function | None, found: Origin) -> None:
        if file not in found.files:
            found.files.append(file)
        if function is not None and function not in found.rolled_back and self._rolls_back(function):
            found.rolled_back.append(function)
        for call in self._held(function) if function is not None else ():
            if call not in found.begun:
                found.begun.append(call)

    def _rolls_back(self, function: Function) -> bool:
        """Whether it begins a transaction on a connection and undoes it."""
        text = text_of(function.node)
        if "join_transaction_mode" in text:
            return ".rollback(" in text
        calls = self.begun(function)
        is_written = ".rollback(" in text or ".begin_nested(" in text
        return bool(calls) and (is_written or any(_is_never_committed(call, text) for call in calls))

    def _held(self, function: Function) -> Iterator[Call]:
        """The calls in a generator's own code that begin the transaction of a session for as long as it waits."""
        for call in function.file.calls if function.is_generator else ():
            block = with_of(call.node) if call.function is function else None
            names = {target.name.rpartition("orm.session.")[2] for target in self.resolution.targets.get(call, ())}
            if block is not None and names & BEGINS and any(node.type == "yield" for node in own_nodes(block)):
                yield call

    def begun(self, function: Function) -> list[Call]:
        """The calls in a function, inner ones included, that begin a transaction or a savepoint on a connection."""
        inside = [call for call in function.file.calls if is_within(call.node, function.node)]
        return [call for call in inside if self._begins(call, function)]

    def _begins(self, call: Call, function: Function) -> bool:
        """By type; where that is unknown, by its form: `transaction = connection.begin()`."""
        name = text_of(call.callee).rpartition(".")[2]
        if name not in ("begin", "begin_nested") or call.arguments:
            return False
        targets = self.resolution.targets.get(call, ())
        if targets:
            return any(target.name.endswith(f"Connection.{name}") for target in targets)
        receiver, parent = call.callee.child_by_field_name("object"), call.node.parent
        if receiver is None or parent is None or parent.type != "assignment":
            return False
        owner = call.function if call.function is not None else function
        found = Origin(rolled_back=[owner, function])  # these are being looked at
        self._trace(function.file, receiver, owner, found, set())
        return found.kind != "session"

    def _call(self, file: File, node: Node, function: Function | None, found: Origin, seen: set[int]) -> None:
        call = self.call_at(file, node)
        if call is None:
            return
        name = text_of(call.callee).rpartition(".")[2]
        effect = self.effects.by_call.get(call)
        if effect is not None and effect.kind == "opens":
            found.kind, found.opener = "session", function
            self._engines(file, call, function, found, seen)
        elif self._calls_maker(file, call, function, found, seen):
            found.kind, found.opener = "session", function
        elif MOCKS.fullmatch(name):
            found.kind = "fake"
            found.makers.append(call)
        elif name == "next" and call.arguments:
            self._trace(file, call.arguments[0], function, found, seen)
        elif name in CONNECTS and call.callee.type == "attribute":
            receiver = call.callee.child_by_field_name("object")
            if receiver is not None:
                self._behind(file, receiver, function, found, seen)
        else:
            for callee in self.resolution.functions(call):
                for value in handed_over(callee):
                    self._trace(callee.file, value, callee, found, seen)

    def _calls_maker(self, file: File, call: Call, function: Function | None, found: Origin, seen: set[int]) -> bool:
        """Whether what is called is a `sessionmaker(...)` from a fixture or from a function."""
        makers: list[tuple[File, Node, Function | None]] = []
        if call.callee.type == "identifier":
            makers = list(self.bindings(file, text_of(call.callee), function))
        inner = self.call_at(file, call.callee)
        for maker in self.resolution.functions(inner) if inner is not None else ():
            makers += [(maker.file, value, maker) for value in handed_over(maker)]
        for home, value, scope in self._named(makers):
            made = self.call_at(home, value)
            if made is not None and text_of(made.callee).rpartition(".")[2] in MAKERS:
                self._visit(home, scope, found)
                self._engines(home, made, scope, found, seen)
                return True
        return False

    def _named(
        self, values: list[tuple[File, Node, Function | None]], depth: int = 3
    ) -> Iterator[tuple[File, Node, Function | None]]:
        """The values, and in the place of names what they are bound to."""
        for home, value, scope in values:
            if value.type == "identifier" and depth:
                yield from self._named(list(self.bindings(home, text_of(value), scope)), depth - 1)
            else:
                yield home, value, scope

    def _engines(self, file: File, call: Call, function: Function | None, found: Origin, seen: set[int]) -> None:
        """The files where the factory and the engine behind a session are made."""
        for node in (call.callee, *call.arguments):
            value = node.child_by_field_name("value") if node.type == "keyword_argument" else node
            if value is not None and value.type in ("identifier", "call"):
                self._behind(file, value, function, found, seen)
        for home, value, scope in self.bindings(file, text_of(call.callee), function):
            inner = self.call_at(home, value)
            if inner is not None and inner.node.id not in seen:
                seen.add(inner.node.id)
                self._visit(home, scope, found)
                self._engines(home, inner, scope, found, seen)

    def _behind(self, file: File, node: Node, function: Function | None, found: Origin, seen: set[int]) -> None:
        """Visits the files behind a value that a session works on; what the session is stays as it is."""
        before = found.kind, found.opener
        self._trace(file, node, function, found, seen)
        found.kind, found.opener = before

    def call_at(self, file: File, node: Node) -> Call | None:
        """The call of the index at a node."""
        if file not in self._calls:
            self._calls[file] = {call.node.id: call for call in file.calls}
        return self._calls[file].get(node.id)

    def bindings(
        self, file: File, name: str, function: Function | None
    ) -> Iterator[tuple[File, Node, Function | None]]:
        """The values that a name may have, with the file and the function that they stand in; fixtures are followed."""
        scope = function
        while scope is not None:
            if scope.param(name) is not None:
                yield from self._parameter(scope, name)
                return
            values = list(assigned(scope.node.child_by_field_name("body"), name))
            if values:
                yield from ((scope.file, value, scope) for value in values)
                return
            scope = scope.parent
        values = list(assigned(file.root, name))
        yield from ((file, value, None) for value in values)
        if not values:
            yield from self._imported(file, name)

    def _imported(self, file: File, name: str) -> Iterator[tuple[File, Node, Function | None]]:
        for item in file.imports:
            if item.local == name and item.name:
                for target in self.resolution.definition(file, item.node):
                    home = self.resolution.project.by_path.get(target.path) if target.path else None
                    if home is not None and home is not file:
                        yield from ((home, value, None) for value in assigned(home.root, item.name))

    def _parameter(self, scope: Function, name: str) -> Iterator[tuple[File, Node, Function | None]]:
        fixture = self.fixtures.named(scope.file, name, scope)
        if fixture is not None:
            for value in handed_over(fixture):
                yield fixture.file, value, fixture
            return
        for call in self.resolution.callers.get(scope, ()):
            place = [param.name for param in scope.params].index(name)
            if place < len(call.arguments) and call.arguments[place].type != "keyword_argument":
                yield call.file, call.arguments[place], call.function


def _is_never_committed(call: Call, text: str) -> bool:
    """Whether a transaction has a name and is left without a commit, which undoes it: `transaction.close()`."""
    parent = call.node.parent
    left = parent.child_by_field_name("left") if parent is not None and parent.type == "assignment" else None
    return left is not None and f"{text_of(left)}.commit(" not in text


def assigned(body: Node | None, name: str) -> Iterator[Node]:
    """The values that a name is bound to in a body: `name = value`, `with value as name`."""
    for node in own_nodes(body):
        if node.type == "assignment":
            left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
            if left is not None and right is not None and text_of(left) == name and text_of(right) != "None":
                yield right
        elif node.type == "as_pattern" and len(node.named_children) == 2 and text_of(node.named_children[1]) == name:
            yield node.named_children[0]


def hands_over_sqlmodel(provider: Function, resolution: Resolution) -> bool:
    """Whether a provider hands over SQLModel's session, or one that derives from it."""
    own = [derived_session(resolution, cls) or "" for cls in _own_classes(provider, resolution)]
    return any(name.startswith("sqlmodel.") for name in (*_handed_classes(provider, resolution), *own))


def has_own_session_class(provider: Function, resolution: Resolution) -> bool:
    """Whether a provider hands over a session of a class that the project derives from the library's."""
    return any(_own_classes(provider, resolution))


def has_own_session_init(provider: Function, resolution: Resolution) -> bool:
    """Whether such a class is made in a way of its own, or has its own form of what the tests call on the sync session
    beside the async one, on the event loop."""
    own = [base for cls in _own_classes(provider, resolution) for base in resolution.lineage(cls)]
    return any(OWN & cls.methods.keys() for cls in own)


def _own_classes(provider: Function, resolution: Resolution) -> Iterator[Class]:
    for name in sorted(_handed_classes(provider, resolution)):
        found = resolution.project.classes.get(name)
        if found is not None and derived_session(resolution, found) is not None:
            yield found


def _handed_classes(provider: Function, resolution: Resolution) -> set[str]:
    return {name for node in handed_over(provider) for name in resolution.class_names(provider.file, node)}
