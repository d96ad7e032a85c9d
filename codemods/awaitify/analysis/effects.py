"""What each call does: the kinds of effects, and those of a whole project."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tree_sitter import Node

from awaitify.analysis.calls import Resolution
from awaitify.analysis.containers import Containers
from awaitify.analysis.generators import Reading
from awaitify.analysis.implicit import Implicit
from awaitify.analysis.kept_factories import KeptFactory
from awaitify.analysis.knowledge.library_facts import Fact, Knowledge
from awaitify.analysis.managers import Manager
from awaitify.analysis.mapping.finding import Mapping
from awaitify.analysis.queries.finding import ProjectQueries
from awaitify.analysis.queries.values import Queries
from awaitify.analysis.sessions.current import Current
from awaitify.analysis.sessions.state_slots import Slot
from awaitify.analysis.target_tests.fakes import Fakes
from awaitify.analysis.wrapping.model import Wrappings
from awaitify.project.index import Call, Class, Function, text_of

#: The detail of an "opens" whose maker its object keeps.
KEPT = "kept by its object"
if TYPE_CHECKING:
    from awaitify.analysis.direct.model import Caught, Direct
    from awaitify.analysis.direct.watchers import Watcher

PATCHED_NAME = r"(?:setattr|patch\.object)\(\s*([\w.]+)\s*,\s*[\"'](\w+)"


@dataclass(frozen=True, slots=True)
class Effect:
    """kind: session (awaited), stays (a sync method of the session), root, terminal, query (parts of a legacy query),
    opens (makes a session), attached (finds that of an object), remove (closes a scoped one), native (a client's own
    async form), bridge (blocks: to a thread), project, schedules (a project function, with a session, to run after the
    response), wrapped (in a decorator: what is below it), threaded (one that is bridged already), lazy, reads, escapes
    (gives what blocks as it is read: that is read in a thread, in a way that is not followed, or elsewhere), harmless,
    async, hands-off, unclassified, unresolved, refused (known, but has no async form here). fact: what is known of a
    library's function; why: what stands against its native async form, where it has one."""

    kind: str
    call: Call
    detail: str = ""
    callees: tuple[Function, ...] = ()
    fact: Fact | None = None
    why: str = ""


@dataclass(eq=False)
class Effects:
    """The effects of every function, its queries, and module-level calls under None.

    hidden: functions that run where no call of them stands; openers: those that make a session and hand it over;
    slots: sessions that middlewares keep for the request; current: those that a module gives to everyone;
    kept: what is behind their calls; factories: makers of sessions that objects keep; managers: units of work,
    and generator_managers: those that are generators; generators: others that can become async, and how they are read;
    native_blocks: the loops and `with` statements over clients, which are async ones afterwards; loops: those that go
    on blocking; readings: the iterables of loops that are read in a thread; locals: the places that use what belongs
    to a thread; owned: the calls on what only the thread that made it may use.
    copies, class_copies: original -> the async twin that an earlier step left; twinned: calls of those; bridged: calls
    of run_sync, with the call in their lambda, if there is one; converted: async functions whose only session work are
    these.
    direct: calls that are written anew for another library; caught: the handlers of their callers;
    watchers: what traces them, as far as its like for the other library is known.
    stored: calls of what a table, a parameter or a field holds: what is stored there stays as it is.
    plain: places that need a plain session or its engine. wrappings: decorators of the project.
    texts_may_change: whether the text of an exception of the network may be another one in what the service says.
    primed: calls that are made once, as the service is imported. properties: those that wait -> why they stay
    properties, "" for what becomes a method; their reads are calls then.
    judges_unknown: whether calls that do not resolve are told apart (most are harmless), which costs a question each.
    """

    resolution: Resolution
    knowledge: Knowledge
    mapping: Mapping
    crossing: ProjectQueries
    containers: Containers
    by_call: dict[Call, Effect] = field(default_factory=dict)
    risky: set[str] = field(default_factory=set)
    implicit: dict[Function, list[Implicit]] = field(default_factory=dict)
    hidden: set[Function] = field(default_factory=set)
    locals: dict[Function, list[Node]] = field(default_factory=dict)
    owned: dict[Function, list[Call]] = field(default_factory=dict)
    openers: set[Function] = field(default_factory=set)
    slots: list[Slot] = field(default_factory=list)
    current: list[Current] = field(default_factory=list)
    kept: dict[Call, Effect] = field(default_factory=dict)
    factories: list[KeptFactory] = field(default_factory=list)
    managers: list[Manager] = field(default_factory=list)
    generator_managers: set[Function] = field(default_factory=set)
    generators: dict[Function, list[Reading]] = field(default_factory=dict)
    native_blocks: dict[Function, list[Node]] = field(default_factory=lambda: defaultdict(list))
    loops: dict[Function, list[Node]] = field(default_factory=lambda: defaultdict(list))
    readings: dict[Function, list[Node]] = field(default_factory=lambda: defaultdict(list))
    copies: dict[Function, Function] = field(default_factory=dict)
    class_copies: dict[Class, Class] = field(default_factory=dict)
    twinned: set[Call] = field(default_factory=set)
    bridged: dict[Call, Call | None] = field(default_factory=dict)
    converted: set[Function] = field(default_factory=set)
    stored: set[Call] = field(default_factory=set)
    direct: dict[Call, Direct] = field(default_factory=dict)
    caught: dict[Function, list[Caught]] = field(default_factory=lambda: defaultdict(list))
    watchers: list[Watcher] | None = None
    plain: dict[Function, list[tuple[Node, str]]] = field(default_factory=dict)
    texts_may_change: bool = False
    wrappings: Wrappings = field(default_factory=Wrappings)
    judges_unknown: bool = True
    primed: set[Call] = field(default_factory=set)
    properties: dict[Function, str] = field(default_factory=dict)
    fakes: Fakes = field(init=False)
    _patched: set[str] | None = None

    def __post_init__(self) -> None:
        self.fakes = Fakes(self.resolution, self.knowledge)

    def patched(self, name: str, call: Call) -> bool:
        """Whether the tests patch a function, or the object of a method, by its dotted name."""
        last = name.rpartition(".")[2]
        root = text_of(call.callee).partition(".")[0]
        return any(f".{last}" in path or f".{root}" in path for path in self._patches())

    def mentioned(self, name: str) -> bool:
        """Whether a word stands in the tests."""
        word = re.compile(rf"\b{re.escape(name)}\b".encode())
        return any(file.is_test and word.search(file.source.text) for file in self.resolution.project.files)

    def _patches(self) -> set[str]:
        if self._patched is None:
            tests = [file.source.text.decode() for file in self.resolution.project.files if file.is_test]
            self._patched = {path for text in tests for path in re.findall(r"[\"']([\w]+(?:\.\w+)+)[\"']", text)}
            pairs = [pair for text in tests for pair in re.findall(PATCHED_NAME, text)]
            self._patched |= {f"{owner}.{name}" for owner, name in pairs}
        return self._patched

    @property
    def queries(self) -> dict[Function, Queries]:
        """What each function does with legacy queries."""
        return self.crossing.by_function

    def is_method(self, function: Function) -> bool:
        """Whether a property becomes a method, if it moves."""
        return self.properties.get(function, "no property") == ""

    def of(self, function: Function) -> list[Effect]:
        """In source order."""
        return [effect for call in function.calls if (effect := self.by_call.get(call)) is not None]

    def unnamed(self) -> dict[Call, tuple[Function, ...]]:
        """The calls whose text does not name what they run, with the functions of the project that they do: what a
        table or a field holds, objects that are called, constructors, imports under another name."""
        found: dict[Call, tuple[Function, ...]] = {}
        for call, effect in self.by_call.items():
            written = text_of(call.callee).rpartition(".")[2]
            is_other = effect.kind == "project" and any(item.name != written for item in effect.callees)
            if call in self.stored or is_other:
                found[call] = effect.callees
        return found
