"""Who becomes async, who stays sync, who is bridged: the greatest fixpoint, each exclusion with its reason."""

from __future__ import annotations

from dataclasses import dataclass, field
from operator import attrgetter

from awaitify.analysis.bridges import SESSION_KINDS, Bridges
from awaitify.analysis.calls_by_name import calls_by_name, may_mean
from awaitify.analysis.colour_need import by_gain, by_need, by_roots
from awaitify.analysis.colours import DOING_KINDS, Colours, Keeping
from awaitify.analysis.current_colour import by_current
from awaitify.analysis.doubles import Doubles
from awaitify.analysis.families import method_families
from awaitify.analysis.idle import idle_functions
from awaitify.analysis.made_calls import called_by_hand, called_elsewhere
from awaitify.analysis.objects import Objects, is_read
from awaitify.analysis.queries.crossings import Crossings
from awaitify.analysis.references import judged_elsewhere, references_of
from awaitify.analysis.refusals import Refusals, reason_at
from awaitify.analysis.relays import by_made, by_relays, by_router, keep_maker, relays
from awaitify.analysis.scope import (
    called_by,
    plain_callers,
    reached_by_routes,
    session_providers,
    transitive_kinds,
)
from awaitify.analysis.sessions.escapes import escape_reason, escapes
from awaitify.analysis.sessions.sources import foreign_sessions
from awaitify.analysis.sessions.used import uses_own_session
from awaitify.analysis.shared_threads import by_threads
from awaitify.analysis.target_tests.built import BuiltOverrides
from awaitify.analysis.target_tests.colour import hands_session, tests_by_fixtures, tests_by_gain
from awaitify.analysis.target_tests.moving import TestMoves
from awaitify.analysis.threaded import drop_idle, thread_calls
from awaitify.analysis.together import by_factories, by_families, by_keepers, by_managers, by_outsiders
from awaitify.analysis.wrapping.colour import by_wrappers
from awaitify.plan_model import Reason
from awaitify.project.index import Call, Function, text_of


@dataclass(eq=False)
class Colouring(Keeping):
    """The computation. living: what moves besides routes and dependencies."""

    living: set[Function] = field(default_factory=set)

    def run(self) -> Colours:
        """Starts from everything that routes reach and takes away until nothing changes."""
        colours = self.colours
        colours.kinds = transitive_kinds(self.effects)
        if drop_idle(self.effects, colours.kinds):
            colours.kinds = transitive_kinds(self.effects)
        colours.effectful = {function for function, kinds in colours.kinds.items() if kinds & DOING_KINDS}
        colours.providers = session_providers(self.entries, self.effects) | self.effects.openers
        scope = self._scope()
        self.copies = Doubles(self.resolution, self.effects, scope)
        routes = self.entries.route_functions
        colours.asyncs = {
            function
            for function in scope - colours.providers
            if not function.file.is_test and (function in colours.effectful or function in routes)
        }
        self.refusals = Refusals(self.entries, self.effects, colours.effectful)
        self.bridges = Bridges(self.resolution, self.refusals, colours.kinds, plain_callers(self.effects))
        self.crossings = Crossings(self.resolution, self.entries, self.effects, colours.effectful)
        self.objects = Objects(self.resolution, self.entries, self.effects, colours, self.crossings, self.copies)
        self.families = method_families(self.resolution)
        self.strangers = calls_by_name(self.effects)
        self._join()
        self._first_refusals()
        changed = True
        while changed:
            colours.bridges.clear()
            changed = any(
                [
                    self._by_callers(), self._by_callees(), by_families(self, self.families), self._by_sessions(),
                    self._by_objects(), self._by_queries(), by_factories(self), by_wrappers(self),
                    by_managers(self), by_current(self), by_keepers(self), tests_by_fixtures(self),
                ]
            )  # fmt: skip
            changed = changed or by_need(self) or by_roots(self, self.living) or by_gain(self)
            changed = changed or by_threads(self) or tests_by_gain(self)
        self._close()
        return colours

    def _close(self) -> None:
        """What follows once it is known who moves: the copies of classes that are used, and what builds queries."""
        colours = self.colours
        held = {cls for item, classes in self.objects.outsiders().items() if item in colours.asyncs for cls in classes}
        used = self.copies.used({item.cls for item in colours.asyncs if item.cls in colours.doubles} | held)
        colours.doubles = {cls: why for cls, why in colours.doubles.items() if cls in used}
        colours.close(self.resolution.project, self.effects.copies)
        colours.shared = self.objects.shared_takers(colours.carriers)
        builders = self.crossings.builders(colours.asyncs)
        colours.builders = builders | self.crossings.neutral(builders | colours.asyncs)

    def _join(self) -> None:
        """Adds what moves with the functions that routes reach: families, tests, relays, units of work."""
        colours = self.colours
        for family in self.families:
            moving = colours.asyncs.intersection(family)
            if moving:
                joined = {function for function in family if not function.file.is_test} - moving
                self.idle |= joined if moving <= self.idle else set()
                colours.asyncs |= joined
        self.tests = TestMoves(self.resolution, self.effects, self.refusals, colours.kinds)
        candidates = self.tests.candidates(colours.asyncs, self.families) if self.moves_tests else set()
        built = BuiltOverrides(self.resolution, self.entries, self.tests.tracer) if self.moves_tests else None
        self.objects.built = built
        colours.asyncs |= candidates | self.tests.served(colours.asyncs | candidates, colours.providers)
        colours.relays = relays(self.entries, colours.effectful, colours.providers, self.is_copyable)
        colours.asyncs |= colours.relays
        colours.asyncs |= {item for function in colours.asyncs for item in function.wrappers if not item.file.is_test}
        for manager in self.effects.managers:
            if colours.asyncs.intersection(manager.methods):
                colours.asyncs.update(manager.methods)

    def _scope(self) -> set[Function]:
        """What may move: what routes reach, what the start of the service shares with them, and what nothing calls."""
        life, kinds = self.entries.life, self.colours.kinds
        self.living = life.movable(kinds)
        scope = reached_by_routes(self.entries, self.effects, self.living)
        methods = {item for item in scope if item.cls is not None and uses_own_session(item, self.effects)}
        self.living |= life.sharing(kinds, lambda item: not methods.isdisjoint(called_by([item], self.effects)))
        scope = reached_by_routes(self.entries, self.effects, self.living)
        self.idle = called_by(idle_functions(scope, self.effects), self.effects) - scope
        return scope | self.idle

    def _first_refusals(self) -> None:
        wanted = set(self.colours.asyncs)
        routes = self.entries.route_functions
        places = self.entries.life.places
        apart = judged_elsewhere(self.effects).union(*(places.get(item, ()) for item in self.living))
        references = references_of(wanted | self.crossings.linked(), self.resolution, self.entries, apart)
        self.crossings.referenced = {function for function in references if function not in wanted}
        names = {function.name for function in wanted if not function.file.is_test}
        hidden = escapes([function for function in wanted if not function.file.is_test], self.effects)
        for function in sorted(wanted, key=lambda item: item.id):
            if function.file.is_test:
                against = [*self.extra.get(function, ()), *self.tests.reasons(function, names)]
                against += called_by_hand(function, self.entries, self.resolution)
                if against:
                    self.refuse(function, *against)
                continue
            reasons = [*self.extra.get(function, ()), *self.refusals.of(function)]
            if function in hidden:
                reasons.append(escape_reason(function, hidden[function]))
            if self.uses_session(function):
                reasons += foreign_sessions(
                    function, self.resolution, self.effects, self.entries, self.colours.providers
                )
            called = called_elsewhere(function, self.entries)
            reasons += [] if self.is_copyable(function) else called
            if function in routes and not self.selected(function) and function not in self.effects.converted:
                reasons.append(reason_at("not-selected", "this route was not selected", function))
            if reasons:
                self.refuse(function, *reasons)
                continue
            for reference in references.get(function, ()):
                self.keep_original(function, reference.reason)
            if called and function not in self.colours.relays:
                self.keep_original(function, *called)

    def _by_callers(self) -> bool:
        """A function that a sync caller needs is kept sync and bridged where that is exact, else it gets a twin."""
        changed = False
        moving = self.colours.asyncs - self.colours.relays - set(self.colours.twins)
        bridged = thread_calls(self.effects)
        for function in sorted(moving, key=lambda item: item.id):
            if function in self.colours.twins:
                continue  # with its class, for an earlier one
            reason = self._sync_caller(function, bridged[function])
            if reason is not None:
                changed |= self.keep_original(function, reason)
        return changed

    def _sync_caller(self, function: Function, bridged: list[Call]) -> Reason | None:
        """The first caller that goes on calling the function as it was."""
        for call in [*self.resolution.callers.get(function, ()), *bridged]:
            caller = call.function
            if (caller in self.colours.asyncs and caller not in self.colours.twins) or caller in self.effects.converted:
                continue
            effect = self.effects.by_call.get(call)
            if caller in self.colours.providers and not (effect and effect.kind == "project"):
                continue
            has_session = bool(self.colours.kinds[function] & SESSION_KINDS)
            if (function.is_async and not has_session) or function in self.effects.converted:
                continue
            name = caller.id if caller else f"{call.file.module} (at import)"
            where = (call.file.source.relative, call.line, (name, function.id))
            return Reason("sync-caller", f"{name} calls it and stays as it is", *where)
        return self._stranger(function)

    def _stranger(self, function: Function) -> Reason | None:
        """The first call in code that stays as it is which may mean the method, as far as its name tells."""
        for call in self.strangers.get(function.name, ()) if function.cls is not None else ():
            if call.function in self.colours.asyncs or function in self.effects.converted:
                continue
            if may_mean(call, function):
                why = f"{text_of(call.callee)}(...) may mean it: what it calls is unknown"
                return Reason("sync-caller", why, call.file.source.relative, call.line)
        return None

    def _by_callees(self) -> bool:
        """A callee that stays sync is bridged, or its caller stays sync too."""
        changed = False
        for function in sorted(self.colours.asyncs, key=lambda item: item.id):
            for effect in self.effects.of(function):
                stuck = [callee for callee in effect.callees if self.is_stuck(callee, effect)]
                stuck = [callee for callee in stuck if callee not in self.effects.converted]
                if not stuck or effect.kind not in ("project", "schedules"):
                    continue
                if effect.call in self.effects.twinned or effect.call in self.effects.bridged:
                    continue
                runner = self.bridges.runner(function, effect, stuck)
                if function.file.is_test and runner != "run_sync" and not hands_session(self, effect):
                    continue
                if runner:
                    self.colours.bridges[effect.call] = runner
                elif not self._goes_on(function, stuck) and not self.bridges.is_streamed(effect, stuck):
                    first = stuck[0]
                    reason = Reason(
                        "sync-callee", f"{first.id} stays sync and cannot be bridged from here",
                        function.file.source.relative, effect.call.line, (function.id, first.id),
                    )  # fmt: skip
                    changed |= self.refuse(function, reason, *self.roots(first))
                    break
        return changed

    def _goes_on(self, function: Function, stuck: list[Function]) -> bool:
        """Whether an async function may go on calling what stays sync: nothing that blocks; as the service starts and
        stops, nothing that works on a session."""
        if function.is_async and function in self.entries.life.lifespans | self.entries.life.handlers:
            return not any(self.colours.kinds[callee] & SESSION_KINDS for callee in stuck)
        return function.is_async and not self.bridges.known_blocking(stuck)

    def _by_sessions(self) -> bool:
        """A route and the dependencies that share its session move together."""
        changed = False
        for function in sorted(self.entries.route_functions | set(self.entries.depends_on), key=lambda item: item.id):
            is_pure = function not in self.entries.route_functions and function not in self.colours.effectful
            changed |= by_relays(self, function)
            if function in self.colours.providers or function.file.is_test or is_pure:
                continue
            for other in sorted(self.entries.reachable_dependencies(function), key=lambda item: item.id):
                if other in self.colours.providers or not self.shares_session(other):
                    continue
                is_left = function in self.colours.asyncs and not self.objects.carries(other)
                if is_left and other not in self.colours.asyncs and self.uses_session(function):
                    is_kept = self.keep_class(other, _shared(other)) or keep_maker(self, other)
                    changed |= is_kept or self.refuse(function, _shared(other), *self.roots(other))
                stays = function not in self.colours.asyncs or function in self.colours.twins
                if stays and other in self.colours.asyncs and other not in self.colours.twins:
                    changed |= self.keep_original(other, _shared(function))
            changed |= by_router(self, function) | by_made(self, function)
        return changed

    def _by_objects(self) -> bool:
        """Methods on a session that their object keeps move when every maker of such an object moves or carries."""
        changed = False
        users = {function for function in self.colours.kinds if self.uses_session(function)}
        carrying = self.objects.carrying_dependencies(users)
        self.colours.carriers = carrying | self.objects.idle_takers(carrying)
        for method in self.objects.methods(self.tests.own.suites.by_class):
            assert method.cls is not None
            init, owner = self.objects.maker(method.cls, method)
            sync = self.objects.left_behind(method.cls)
            if sync is not None and method in self.colours.asyncs:
                message = f"{sync.id} works on the session of the same object and stays sync"
                if not is_read(sync) and self.keep_class(method, reason_at("session-source", message, sync)):
                    changed = True
                    continue
                for member in sorted(self.effects.crossing.component(method), key=attrgetter("id")):
                    changed |= self.refuse(member, reason_at("session-source", message, sync))
            elif init is None:
                message = f"the session of its object comes from {owner}, which stays sync"
                reasons = [reason_at("session-source", message, method), *self.behind(method, owner)]
                if self.keep_class(method, reasons[0]):
                    changed = True
                    continue
                for member in sorted(self.effects.crossing.component(method), key=attrgetter("id")):
                    changed |= self.refuse(member, *reasons)
            else:
                self.colours.carriers |= self.objects.carriers(init)
        return by_outsiders(self) or changed

    def _by_queries(self) -> bool:
        """Functions that an unexecuted query crosses between move together."""
        changed = False
        for function in sorted(self.colours.asyncs & self.effects.crossing.links.keys(), key=attrgetter("id")):
            reason = self.crossings.problem(function, self.colours.asyncs, self.colours.twins)
            changed |= reason is not None and self.refuse(function, *reason)
        return changed


def _shared(other: Function) -> Reason:
    return reason_at("shared-session", f"{other.id} shares its session and stays sync", other)
