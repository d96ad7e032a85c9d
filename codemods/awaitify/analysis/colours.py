"""The state of the colouring, and what it means that a function stays as it is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from awaitify.analysis.bridges import SESSION_KINDS, Bridges
from awaitify.analysis.calls import Resolution
from awaitify.analysis.doubles import Doubles
from awaitify.analysis.effects import Effect, Effects
from awaitify.analysis.entries.model import Entries
from awaitify.analysis.made_twins import called_by_code, has_plain_class, has_plain_factory
from awaitify.analysis.naming import async_name
from awaitify.analysis.objects import Objects
from awaitify.analysis.refusals import Refusals
from awaitify.analysis.target_tests.moving import TestMoves
from awaitify.plan_model import Reason
from awaitify.project.index import Call, Class, Function, Project

DOING_KINDS = {
    "session", "remove", "terminal", "opens", "native", "bridge", "lazy", "reads", "escapes", "unresolved",
    "unclassified", "refused", "iterate",
}  # fmt: skip
DERIVED_RULES = {"shared-session", "sync-caller", "sync-callee", "override"}


@dataclass(eq=False)
class Colours:
    """The result. asyncs: what is async afterwards and was touched; why: reasons of what could not;
    bridges: calls that an async function makes through a runner ("run_sync" or "thread"); twins: members of asyncs
    whose sync original stays beside them, for sync callers, with the reason; carriers: sync functions that only pass an
    async session on, into a constructor; shared: those that only add to the session, and that sync code calls too;
    builders: sync functions that make or refine queries which others execute; relays: dependencies without I/O that ask
    for others which may get twins: then they get one too; doubles: classes that get an async copy, in
    which their moving methods stand, with the reason."""

    asyncs: set[Function] = field(default_factory=set)
    why: dict[Function, list[Reason]] = field(default_factory=lambda: defaultdict(list))
    bridges: dict[Call, str] = field(default_factory=dict)
    providers: set[Function] = field(default_factory=set)
    effectful: set[Function] = field(default_factory=set)
    kinds: dict[Function, set[str]] = field(default_factory=dict)
    twins: dict[Function, Reason] = field(default_factory=dict)
    carriers: set[Function] = field(default_factory=set)
    shared: set[Function] = field(default_factory=set)
    builders: set[Function] = field(default_factory=set)
    relays: set[Function] = field(default_factory=set)
    doubles: dict[Class, Reason] = field(default_factory=dict)

    @property
    def within(self) -> set[Function]:
        """What stays plain of the classes whose methods become async in place: their constructors, first."""
        classes = {item.cls for item in self.asyncs - self.twins.keys() if item.cls is not None}
        methods = {method for cls in classes for method in cls.methods.values() if not method.file.is_test}
        return methods - self.asyncs - self.carriers - self.beside - self.effectful

    @property
    def beside(self) -> set[Function]:
        """Methods that stay plain in the async copy of their class, and in the original: its constructor, first."""
        return {method for cls in self.doubles for method in cls.methods.values() if method not in self.asyncs}

    def close(self, project: Project, left: Mapping[Function, Function]) -> None:
        """Once all is settled: what stays has no twin, and a relay without one is left alone. left: original -> the
        async twin that an earlier step left."""
        self.twins = {item: reason for item, reason in self.twins.items() if item in self.asyncs}
        self.asyncs -= self.relays - self.twins.keys()
        called = [item.cls for item in [*self.twins, *left] if item.name == "__call__"]
        for cls in project.classes.values():
            cls.twin = async_name(cls.name) if cls in self.doubles or cls in called else ""


@dataclass(eq=False)
class Keeping:
    """Takes functions out, or keeps their originals beside twins. selected: tells whether a route was asked for; extra:
    refusals from other analyses; families: methods that override each other; moves_tests: whether tests may change;
    has_trio: whether anyio would run async tests on trio too; idle: what moves with its object only, and no route
    reaches."""

    resolution: Resolution
    entries: Entries
    effects: Effects
    selected: Callable[[Function], bool]
    extra: dict[Function, list[Reason]]
    colours: Colours = field(default_factory=Colours)
    families: list[list[Function]] = field(default_factory=list)
    idle: set[Function] = field(default_factory=set)
    moves_tests: bool = True
    has_trio: bool = False
    bridges: Bridges = field(init=False)
    refusals: Refusals = field(init=False)
    objects: Objects = field(init=False)
    tests: TestMoves = field(init=False)
    copies: Doubles = field(init=False)

    def refuse(self, function: Function, *reasons: Reason) -> bool:
        """Takes a function out; says whether it was in."""
        if function not in self.colours.asyncs:
            return False
        self.colours.asyncs.discard(function)
        self.colours.why[function] += [reason for reason in reasons if reason not in self.colours.why[function]]
        return True

    def roots(self, function: Function) -> list[Reason]:
        """What stands at the root of a function's staying sync."""
        reasons = self.colours.why.get(function, [])
        return [reason for reason in reasons if reason.rule not in DERIVED_RULES][:2] or reasons[-1:]

    def behind(self, method: Function, maker: str) -> list[Reason]:
        """What in the tests keeps a method sync whose objects they make: the call, and why its caller stays."""
        twin = self.colours.twins.get(method)
        name = twin.chain[0] if twin is not None and twin.chain else maker
        holder = self.resolution.project.functions.get(name)
        if holder is None or not holder.file.is_test:
            return []
        roots = sorted(
            self.roots(holder), key=lambda item: item.rule == "test-fixture"
        )  # what it is tied to comes last
        return [*([twin] if twin is not None else []), *roots[:1]]

    def keep_original(self, function: Function, reason: Reason) -> bool:
        """The original stays. Async callers bridge to it, or use an async twin."""
        if function in self.effects.properties or function in self.tests.stand_ins:
            return self.refuse(function, reason)
        copy = self.effects.copies.get(function)
        if (copy is None or copy.cls is not function.cls) and self.keep_class(function, reason):
            return True
        calls = [call for call in self.resolution.callers.get(function, ()) if call.function in self.colours.asyncs]
        is_route = function in self.entries.route_functions
        is_dependency = any(function in found for found in self.entries.depends_on.values())
        has_session = bool(self.colours.kinds[function] & SESSION_KINDS)
        bridged = calls and all(
            self.bridges.runner(call.function, self.effects.by_call[call], [function])
            for call in calls
            if call.function
        )
        is_awkward = any(self.bridges.gives_sqlmodel(call) for call in calls)
        wants_twin = has_session and (is_awkward or self._has_moving_caller(function))
        wants_twin = wants_twin or function in self.effects.copies
        family = next((members for members in self.families if function in members), [])
        is_needed = (
            calls or is_dependency or any(member is not function and member in self.colours.asyncs for member in family)
        )
        if (
            is_route
            or not is_needed
            or (bridged and not wants_twin and not is_dependency)
            or (function.parent is not None and not self.is_copyable(function))
            or (function.name == "__call__" and not self.is_copyable(function))  # nothing calls its copy
        ):
            return self.refuse(function, reason)
        self.colours.twins[function] = reason
        return True

    def keep_class(self, function: Function, reason: Reason) -> bool:
        """The class of what holds a session keeps its original beside an async copy, where there can be one and
        something that moves uses it."""
        if function.cls is None or function.cls in self.colours.doubles:
            return False
        group = self.copies.group(function.cls)
        methods = {method for cls in group for method in cls.methods.values()}
        moving = methods & self.colours.asyncs
        families = [set(family) for family in self.families if moving.intersection(family)]
        if not moving or any(not item.file.is_test and item not in methods for family in families for item in family):
            return False
        self.colours.doubles |= dict.fromkeys(sorted(group, key=lambda cls: cls.id), reason)
        self.colours.twins |= dict.fromkeys(sorted(moving, key=lambda item: item.id), reason)
        return True

    def is_copyable(self, function: Function) -> bool:
        """Whether a copy of the factory around a dependency can make its async twin."""
        if function.parent is None:
            others = set(function.cls.methods.values()) - {function} if function.cls is not None else set()
            is_plain = not others & (self.colours.effectful | self.colours.asyncs)
            is_plain = is_plain and has_plain_class(function, self.entries, self.effects)
        else:
            is_plain = function.parent not in self.colours.effectful and has_plain_factory(function, self.entries)
        return is_plain and not called_by_code(function, self.resolution)

    def is_stuck(self, callee: Function, effect: Effect) -> bool:
        """Whether a call goes on meaning the sync form; what is stored stays as it is."""
        is_sync = effect.call in self.effects.stored or callee not in self.colours.asyncs
        return is_sync and callee in self.colours.effectful

    def _has_moving_caller(self, function: Function) -> bool:
        """Whether the sync callers are only tests and originals of twins, which go when those do."""
        stuck = [
            call
            for call in self.resolution.callers.get(function, ())
            if call.function not in self.colours.asyncs or call.function in self.colours.twins
        ]
        return all(call.file.is_test or call.function in self.colours.twins for call in stuck)

    def shares_session(self, function: Function) -> bool:
        """Whether a dependency works on a session of a provider, not only on one that it opens itself, or hands out an
        object of a class with a copy, which keeps it."""
        given = self.entries.reachable_dependencies(function) & self.colours.providers
        is_maker = bool(self.colours.doubles) and not self.colours.doubles.keys().isdisjoint(self.copies.made(function))
        return bool(given) and (is_maker or self.uses_session(function))

    def uses_session(self, function: Function) -> bool:
        """Whether a session reaches the function or what it calls."""
        return bool(self.colours.kinds[function] & SESSION_KINDS) or bool(
            self.entries.depends_on.get(function, set()) & self.colours.providers
        )

    def meets_session(self, function: Function) -> bool:
        """Whether the function, or a dependency that runs before it, works on a session."""
        others = self.entries.reachable_dependencies(function) - self.colours.providers
        return self.uses_session(function) or any(self.uses_session(other) for other in others)
