"""Which of the target's tests may become async, with the helpers and fixtures that they share, and what forbids it.

A test moves when it calls functions that become async and hands them a session which a fixture opens: it gets an async
session on the same database. What it hands the session to, and every fixture that works on it, moves along."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from tree_sitter import Node

from awaitify.analysis.bridges import SESSION_KINDS
from awaitify.analysis.calls import Resolution
from awaitify.analysis.effects import Effect, Effects
from awaitify.analysis.fact_finding import bind
from awaitify.analysis.naming import async_name
from awaitify.analysis.refusals import Refusals, reason_at
from awaitify.analysis.sessions.calls import SESSION_CLASSES
from awaitify.analysis.sessions.placing import does_more
from awaitify.analysis.sessions.sources import session_params
from awaitify.analysis.target_tests.factories import Factories
from awaitify.analysis.target_tests.fixtures import (
    WIDTHS,
    fixture_name,
    fixture_scope,
    handed_over,
    is_called_fixture,
    is_test_function,
)
from awaitify.analysis.target_tests.handed import followers
from awaitify.analysis.target_tests.own import OwnSessions
from awaitify.analysis.target_tests.requests import Requests
from awaitify.analysis.target_tests.runner import find_runner
from awaitify.analysis.target_tests.session_uses import SessionUses, names_in, place_of
from awaitify.analysis.target_tests.stand_ins import shape_of, stand_ins, without_work
from awaitify.analysis.target_tests.trace import Tracer
from awaitify.plan_model import Reason
from awaitify.project.index import Function, text_of

DECORATORS = re.compile(r"@(\w+\.)*(fixture|mark\.\w+|freeze_time|patch(\.object|\.dict|\.multiple)?)\b")
AWAITED = ("session", "terminal", "iterate")


@dataclass(eq=False)
class TestMoves:
    """Finds candidates and judges them one by one. wanted: the functions that routes reach."""

    resolution: Resolution
    effects: Effects
    refusals: Refusals
    kinds: dict[Function, set[str]]
    wanted: Collection[Function] = ()
    stand_ins: set[Function] = field(default_factory=set)
    standing: set[Function] = field(default_factory=set)
    followers: dict[Function, set[Function]] = field(default_factory=dict)
    _hands_session: dict[Function, bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.tracer = Tracer(self.resolution, self.effects)
        self.fixtures = self.tracer.fixtures
        self.uses = SessionUses(self.resolution, self.effects)
        self.own = OwnSessions(self.effects, self.tracer)
        self.requests = Requests(self.resolution, self.effects, self.kinds)
        self.factories = Factories(self.resolution, self.effects, self.fixtures)
        self.runner = find_runner(self.resolution.project, self.fixtures)
        self.requesters: dict[Function, list[Function]] = defaultdict(list)
        for file in self.resolution.project.files:
            for function in file.functions if file.is_test else ():
                for fixture in self.fixtures.requested(function):
                    self.requesters[fixture].append(function)

    def candidates(self, wanted: Collection[Function], families: list[list[Function]]) -> set[Function]:
        """The functions of the tests that call one of these with a session, those that are tied to them, and what
        stands in for some of these, with what calls it."""
        self.wanted = set(wanted)
        kin = {item for family in families for item in family}
        self.followers = {item: others for item, others in followers(self.resolution).items() if item not in kin}
        self.stand_ins = stand_ins(families, self.followers, self.wanted, self.effects)
        self.requests.standing = {item.cls for item in self.stand_ins if item.cls is not None}
        self.standing = self._standing(idle := without_work(families, self.wanted, self.kinds))
        found: set[Function] = set()
        todo = [function for function in wanted if function in idle or self.kinds[function] & SESSION_KINDS]
        todo = [caller for function in todo for caller in self._callers(function)] + list(self.stand_ins)
        while todo:
            function = todo.pop()
            if function in found or self.hands_session(function):
                continue
            found.add(function)
            todo += self._callers(function)
            todo += self.requesters.get(function, ())
            todo += self.tied(function)
        return found

    def _standing(self, idle: set[Function]) -> set[Function]:
        """What in the tests calls methods that stand in for others, itself or not. idle: those of the app."""
        found, todo = set[Function](), [*self.stand_ins, *idle]
        while todo:
            function = todo.pop()
            callers = [*self._callers(function), *self.requesters.get(function, ())]
            todo += [item for item in callers if item not in found]
            found.update(callers)
        return found - self.stand_ins

    def served(self, moving: Collection[Function], providers: Collection[Function]) -> set[Function]:
        """The functions of the app that work on a session and that nothing calls but these: no route does."""
        found: set[Function] = set()
        while True:
            known = found.union(moving)
            called = {callee for function in known for effect in self.effects.of(function) for callee in effect.callees}
            new = {item for item in called - known if self._serves(item, known) and item not in providers}
            if not new:
                return found
            found |= new

    def _serves(self, function: Function, known: set[Function]) -> bool:
        works = self.kinds[function] & SESSION_KINDS - {"root", "query"}  # what nothing executes is no work
        is_idle = not works or (works == {"stays"} and not does_more(function, self.effects))
        if function.file.is_test or function.parent is not None or is_idle:
            return False
        return all(call.function in known for call in self.resolution.callers.get(function, ()))

    def _callers(self, function: Function) -> Iterator[Function]:
        for call in self.resolution.callers.get(function, ()):
            if call.function is not None and call.file.is_test:
                yield call.function

    def tied(self, function: Function) -> list[Function]:
        """The fixtures that a function asks for and that work on a session, and the methods that share its own: they
        move with it."""
        given = [fixture for fixture in self.fixtures.requested(function) if not self.hands_session(fixture)]
        working = [
            fixture
            for fixture in given
            if fixture in self.standing or self.session_fixtures(fixture) or self.own.hands_on(fixture)
        ]
        return [*working, *self.own.tied(function)]

    def hands_session(self, fixture: Function) -> bool:
        """Whether a fixture hands over a sync session that it opens, or that another does."""
        if fixture not in self._hands_session:
            self._hands_session[fixture] = False
            self._hands_session[fixture] = self._judge_fixture(fixture)
        return self._hands_session[fixture]

    def _judge_fixture(self, fixture: Function) -> bool:
        values = handed_over(fixture)
        if not fixture_name(fixture) or fixture.is_async or fixture.cls is not None or not values:
            return False
        origins = [self.tracer.origin(fixture.file, value, fixture) for value in values]
        return all(origin.kind == "session" for origin in origins)

    def session_fixtures(self, function: Function, seen: frozenset[Function] = frozenset()) -> set[Function]:
        """The fixtures of sessions that a function asks for, itself or through other fixtures."""
        found: set[Function] = set()
        for fixture in self.fixtures.requested(function):
            if self.hands_session(fixture):
                found.add(fixture)
            elif fixture not in seen:
                found |= self.session_fixtures(fixture, seen | {fixture})
        return found

    def sessions(self, function: Function) -> dict[str, Function | None]:
        """The parameters that hold a session: name -> its fixture, None for those of a helper."""
        found: dict[str, Function | None] = {}
        is_given = bool(fixture_name(function)) or is_test_function(function)
        for param in function.params:
            fixture = self.fixtures.named(function.file, param.name, function) if is_given else None
            is_session = bool(self.resolution.class_names(function.file, param.node) & set(SESSION_CLASSES))
            if fixture is not None and self.hands_session(fixture):
                found[param.name] = fixture
            elif is_session and not is_given:
                found[param.name] = None
        return {**found, **dict.fromkeys(self.own.names(function))}

    def session_code(self, functions: Collection[Function]) -> dict[str, str]:
        """The name of the one session of each function of the tests, as it is called before it moves; those that work
        on fakes alone are left out."""
        tests = [function for function in functions if function.file.is_test and not self._is_on_fakes(function)]
        found = {function.id: list(self.sessions(function)) for function in tests}
        return {name: sessions[0] if len(sessions) == 1 else "" for name, sessions in found.items()}

    def _is_on_fakes(self, function: Function) -> bool:
        effects = [item for item in self.effects.of(function) if self.requests.is_work(item)]
        is_real = self.sessions(function) or self.session_fixtures(function)
        is_apart = bool(effects) or function in self.stand_ins
        return is_apart and not is_real and all(self.requests.is_on_fake(item.call) for item in effects)

    def new_names(self, function: Function, twins: Collection[Function]) -> dict[str, str]:
        """What the parameters of a moving function are called: those of sessions, and of fixtures that have a twin."""
        names = {name: async_name(name) for name, fixture in self.sessions(function).items() if fixture is not None}
        twinned = [fixture for fixture in self.fixtures.requested(function) if fixture in twins]
        return {**names, **{fixture.name: async_name(fixture.name) for fixture in twinned}}

    def serves_unnamed(self, fixture: Function) -> bool:
        """Whether a fixture runs for tests that do not ask for it by a parameter."""
        is_auto = "autouse" in "".join(map(text_of, fixture.decorators))
        return is_auto or self._is_used_by_name(fixture_name(fixture))

    def reasons(self, function: Function, names: Collection[str]) -> list[Reason]:
        """What in a function of the tests stands against its becoming async. names: of functions that become so."""
        found = [*self._shape(function), *self._fixture(function)]
        for node, why in self.effects.queries[function].problems:
            found.append(place_of("query", why, function, node))
        for effect in self.effects.of(function):
            found += self._effect(function, effect, names)
        sessions = self.sessions(function)
        for name in sessions:
            found += self.uses.problems(function, name)
        found += self._strangers(function, sessions)
        return [*found, *filter(None, (self.requests.stale(function), self.factories.reason(function)))]

    def _shape(self, function: Function) -> Iterator[Reason]:
        if function in self.stand_ins:
            yield from shape_of(function, self.effects)
            return
        if function.parent is not None or any(inner.parent is function for inner in function.file.functions):
            yield reason_at("test-shape", f"{function.id} is nested, or has functions inside", function)
        suite = self.own.suite(function)
        if suite is not None:
            yield from self.own.shape(function, suite)
        elif function.cls is not None and (function.cls.bases or function.name.startswith(("setup", "teardown", "__"))):
            yield reason_at(
                "test-shape", f"{function.id} belongs to a class with a runner or a setup of its own", function
            )
        if function.is_generator and not fixture_name(function):
            yield reason_at("test-shape", f"{function.id} is a generator", function)
        for decorator in function.decorators:
            if DECORATORS.match(text_of(decorator)) is None:
                yield reason_at("decorator", f"{text_of(decorator)[:60]} may not know coroutines", function)

    def _fixture(self, function: Function) -> Iterator[Reason]:
        """What a fixture shares with the functions that ask for it."""
        name = fixture_name(function)
        if is_called_fixture(function):
            yield reason_at("test-fixture", f"the fixture {name} is made by a call of pytest.fixture", function)
        if name and self.serves_unnamed(function):
            yield reason_at("test-fixture", f"the fixture {name} serves tests that do not name it", function)
        if name and not self.runner.is_wide and fixture_scope(function) != WIDTHS[0]:
            yield reason_at("test-fixture", f"the fixture {name} outlives the event loop of one test", function)
        fixtures = self.session_fixtures(function)
        if len(fixtures) > 1:
            yield reason_at("test-fixture", f"{function.id} works on several sessions", function)
        for fixture in fixtures:
            if not fixture_scope(fixture) or (name and not fixture_scope(function)):
                yield reason_at("test-fixture", f"how long {fixture.id} lives is not a plain word", fixture)
            if any(text_of(node) == async_name(fixture_name(fixture)) for node in names_in(function)):
                yield reason_at("test-fixture", f"{async_name(fixture_name(fixture))} is another thing here", function)

    def _is_used_by_name(self, name: str) -> bool:
        quoted = (f'"{name}"'.encode(), f"'{name}'".encode())
        files = [file for file in self.resolution.project.files if file.is_test]
        return any(b"usefixtures" in file.source.text and any(q in file.source.text for q in quoted) for file in files)

    def _effect(self, function: Function, effect: Effect, names: Collection[str]) -> Iterator[Reason]:
        where = (function.file.source.relative, effect.call.line)
        text = text_of(effect.call.callee)
        if effect.kind in ("unresolved", "unclassified") and text.rpartition(".")[2] in names:
            yield Reason("unresolved-call", f"{text}(...): its meaning is unknown", *where)
        if effect.kind == "opens":
            yield from self.own.problems(function, effect)
        if effect.kind in ("schedules", "remove"):
            yield Reason("test-session", f"{text}(...) opens or hands on a session inside a test", *where)
        if effect.kind in AWAITED or (
            effect.kind == "project" and any(self.kinds[item] & SESSION_KINDS for item in effect.callees)
        ):
            reason = self.refusals.position_reason(effect, where)
            if reason is not None:
                yield reason

    def _strangers(self, function: Function, sessions: Collection[str]) -> Iterator[Reason]:
        """What is handed on as a session must be one that becomes async too: any other stays what it is."""
        for effect in self.effects.of(function):
            for callee in effect.callees if effect.kind == "project" else ():
                for name, value in bind(callee, effect.call) if self.kinds[callee] & SESSION_KINDS else ():
                    if text_of(value) in sessions or self._is_fake(function, value, callee, name):
                        continue
                    if self._may_be_session(function, value, callee, name):
                        why = f"{text_of(value)[:60]}: it is not known what session this is"
                        yield place_of("session-source", why, function, value)

    def _is_fake(self, function: Function, value: Node, callee: Function, name: str) -> bool:
        """Whether a mock is handed over as a session: what becomes async is given its async face."""
        is_taken = name in session_params(callee, self.resolution)
        return is_taken and self.tracer.origin(function.file, value, function).kind == "fake"

    def _may_be_session(self, function: Function, value: Node, callee: Function, name: str) -> bool:
        """By the parameter's type; where that is unknown, any parameter of a test that no fixture is found for."""
        param = callee.param(name)
        if param is not None and self.resolution.class_names(callee.file, param.node) & set(SESSION_CLASSES):
            return True
        is_given = bool(fixture_name(function)) or is_test_function(function)
        own = function.param(text_of(value)) if value.type == "identifier" and is_given else None
        return (
            own is not None
            and self.fixtures.named(function.file, own.name, function) is None
            and (param is None or param.annotation is None)
        )
