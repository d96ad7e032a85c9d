"""Sessions that objects keep (`self.db`): who makes such objects, and who only carries a session to them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from awaitify.analysis.calls import Resolution
from awaitify.analysis.containers import Provider
from awaitify.analysis.doubles import Doubles
from awaitify.analysis.effects import Effects
from awaitify.analysis.entries.model import Entries
from awaitify.analysis.implicit import is_property
from awaitify.analysis.queries.crossings import Crossings
from awaitify.analysis.sessions.calls import SESSION_CLASSES
from awaitify.analysis.sessions.escapes import escapes
from awaitify.analysis.sessions.held import held_in, ways_to
from awaitify.analysis.sessions.placing import only_places
from awaitify.analysis.sessions.sources import session_init, session_params
from awaitify.analysis.sessions.used import hands_own_session, held_by, uses_own_session
from awaitify.analysis.target_tests.built import BuiltOverrides
from awaitify.analysis.values import function_classes
from awaitify.plan_model import Reason
from awaitify.project.index import Call, Class, Function


class Moving(Protocol):
    """What of the colours is looked at."""

    asyncs: set[Function]
    kinds: dict[Function, set[str]]
    twins: dict[Function, Reason]
    doubles: dict[Class, Reason]
    providers: set[Function]
    effectful: set[Function]


@dataclass(eq=False)
class Objects:
    """Follows sessions into constructors. met: the providers of containers whose sessions objects that moved keep, in
    any round; built: the overrides of the tests that make such objects."""

    resolution: Resolution
    entries: Entries
    effects: Effects
    colours: Moving
    crossings: Crossings
    copies: Doubles
    met: set[Provider] = field(default_factory=set)
    built: BuiltOverrides | None = None
    hidden: dict[Function, bool] = field(default_factory=dict)
    shown: dict[Function, set[Function]] = field(default_factory=dict)
    holders: dict[Function, set[Class]] | None = None
    ways: dict[Function, set[Class]] = field(default_factory=dict)

    def carries(self, function: Function | None, seen: frozenset[Function] = frozenset()) -> bool:
        """Whether a function moves, or only hands its session to a constructor for functions that move."""
        if function is None or function in self.colours.twins:
            return False
        if function.cls in self.colours.doubles:  # its copy does
            return True
        if function.file.is_test:
            return function in self.colours.asyncs
        if function in self.colours.asyncs or function in seen:
            return True
        if function in self.colours.providers:
            return not self._hides(function) and self._is_replaced(function, seen)
        routes = self.entries.route_functions
        if function in self.colours.effectful or function in routes or self._hides(function):
            return False
        if function.cls is not None and (is_property(function) or function.name == "__post_init__"):  # of the object
            init = session_init(function.cls, self.resolution, self.resolution.lineage(function.cls))
            return init is not None and self.carries(init, seen | {function})
        callers = self.resolution.callers.get(function, ())
        users = [route for route in routes if function in self.entries.reachable_dependencies(route)]
        moves = all(user in self.colours.asyncs and user not in self.colours.twins for user in users)
        return bool(callers or users) and moves and all(self._hands_on(call, seen | {function}) for call in callers)

    def _hands_on(self, call: Call, seen: frozenset[Function]) -> bool:
        """Whether a call stands in what carries, or in what tests override such a dependency by."""
        built = self.built.by_call.get(call) if self.built is not None else None
        if not built:
            return self.carries(call.function, seen)
        return all(self.carries(item.provider, seen) for item in built)

    def _is_replaced(self, provider: Function, seen: frozenset[Function]) -> bool:
        """Whether the async form of a dependency that opens a session takes its place everywhere."""
        users = [item for item in self.entries.route_functions if provider in self.entries.reachable_dependencies(item)]
        moves = all(user in self.colours.asyncs and user not in self.colours.twins for user in users)
        others = [item for item, used in self.entries.depends_on.items() if provider in used and item not in users]
        is_called = bool(self.resolution.callers.get(provider))
        return bool(users) and moves and not is_called and all(self.carries(item, seen | {provider}) for item in others)

    def _hides(self, function: Function) -> bool:
        """Whether what would only hand its session on puts it out of sight."""
        if function not in self.hidden:
            self.hidden[function] = function in escapes([function], self.effects)
        return self.hidden[function]

    def carries_call(self, call: Call, init: Function) -> bool:
        """Whether the call of a constructor stands in a function that carries; that of a container, whether everything
        that is put into its providers of sessions is a session of functions that do."""
        provider = self.effects.containers.by_call.get(call)
        if provider is None:
            return self._hands_on(call, frozenset())
        found = self.session_providers(provider, init)
        return all(inner is not None and self._is_fed(inner) for inner in found)

    def session_providers(self, provider: Provider, init: Function) -> list[Provider | None]:
        """The providers that a container gives a constructor's sessions from; None for what is none."""
        values = [provider.argument(init, name) for name in session_params(init, self.resolution)]
        containers, file = self.effects.containers, provider.call.file
        return [containers.meant(file, value) if value is not None else None for value in values]

    def fed(self) -> list[Provider]:
        """The providers of containers whose sessions are async in the end: a later round may have taken that back."""
        return sorted(
            filter(self._is_fed, self.met), key=lambda item: (str(item.call.file.path), item.call.node.start_byte)
        )

    def _is_fed(self, provider: Provider) -> bool:
        """Whether nothing but sessions of functions that carry is put into a provider."""
        return bool(provider.feeding) and all(
            self.carries(call.function) and self.resolution.class_names(call.file, node) & set(SESSION_CLASSES)
            for call, node in provider.feeding
        )

    def chain(self, function: Function, seen: frozenset[Function] = frozenset()) -> Iterator[Function]:
        """A carrier and the carriers that call it; a method of a copied class stays as it is."""
        if function in self.colours.asyncs or function in seen or function.cls in self.colours.doubles:
            return
        if function in self.colours.providers:  # its copy hands it over
            return
        yield function
        for call in self.resolution.callers.get(function, ()):
            if call.function is not None and not call.file.is_test:
                yield from self.chain(call.function, seen | {function})

    def carriers(self, init: Function) -> set[Function]:
        """What hands a moving object its session, and shows that: nothing of a class that gets an async copy."""
        if init.cls not in self.colours.doubles:
            return {*self.chain(init), *self.properties(init), *self._above(init)}
        callers = {call.function for call in self.resolution.callers.get(init, ())} - self.colours.asyncs
        return {item for caller in callers if caller and self.carries(caller) for item in self.chain(caller)}

    def _above(self, init: Function) -> Iterator[Function]:
        """The constructors of base classes that a constructor hands its session on to."""
        for callee in {callee for effect in self.effects.of(init) for callee in effect.callees}:
            is_init = callee.name == "__init__" and callee is not init and callee not in self.colours.effectful
            if is_init and session_params(callee, self.resolution) and self.carries(callee):
                yield callee
                yield from self._above(callee)

    def properties(self, init: Function) -> set[Function]:
        """The properties that show a carried session: of the object's class and of what derives from it."""
        if init not in self.shown:
            self.shown[init] = set(self._properties(init))
        return self.shown[init]

    def _properties(self, init: Function) -> Iterator[Function]:
        for cls in self.resolution.project.classes.values():
            lineage = self.resolution.lineage(cls) if cls.methods else []
            if init.cls in lineage and session_init(cls, self.resolution, lineage) is init:
                shown = (item for owner in lineage for item in owner.methods.values() if is_property(item))
                yield from (item for item in shown if function_classes(self.resolution, item) & set(SESSION_CLASSES))

    def carrying_dependencies(self, uses_session: set[Function]) -> set[Function]:
        """Dependencies that take a session and do no I/O themselves."""
        dependencies = set[Function]().union(*self.entries.depends_on.values()) - self.colours.providers
        has_copies = self.colours.doubles or self.effects.class_copies
        makers = {item for item in dependencies if has_copies and self.copies.made(item)}
        asked = {item for item in dependencies & (uses_session | makers) if item.cls not in self.colours.doubles}
        return {item for item in asked - self.colours.asyncs if self.carries(item)}

    def idle_takers(self, carrying: set[Function]) -> set[Function]:
        """What functions that move, or carry, give their session to, and that does no I/O on it: only its annotation
        moves."""
        return {item for item in self._idle_taking(carrying) if self.carries(item)}

    def shared_takers(self, carrying: set[Function]) -> set[Function]:
        """Those that sync code calls as well: they take a session of either kind."""
        found = {item for item in self._idle_taking(carrying) if not item.file.is_test and not self.carries(item)}
        apart = self.colours.twins.keys() | self.colours.providers | self.entries.route_functions
        apart = apart.union(*self.entries.depends_on.values())
        return {item for item in found - apart if item.cls not in self.colours.doubles and not self._hides(item)}

    def _idle_taking(self, carrying: set[Function]) -> set[Function]:
        """What gets its session from such functions, and itself has nothing to wait for."""
        found, todo = set[Function](), list(self.colours.asyncs | carrying)
        while todo:
            called = {item for effect in self.effects.of(todo.pop()) for item in effect.callees}
            staying = called - self.colours.asyncs - self.colours.effectful - found
            new = {item for item in staying if only_places(item, self.effects, self.colours.kinds)}
            found |= new
            todo += new
        return found

    def methods(self, apart: Collection[Class]) -> list[Function]:
        """Moving methods that work on a session which their object keeps, and those that make their queries. apart:
        classes of tests, which are judged with their setUp."""
        moving = self.colours.asyncs | self.crossings.builders(self.colours.asyncs)
        found = {_outermost(item) for item in moving if uses_own_session(item, self.effects)}
        found = {item for item in found if item.cls is not None and item.cls not in apart}
        return sorted(found, key=lambda item: item.id)

    def outsiders(self) -> dict[Function, set[Class]]:
        """The functions that work on a session which another object keeps, with the classes of such objects."""
        if self.holders is None:
            self.holders = {}
            for function in self.resolution.within:
                found = [(node, held_in(node, function, self.effects)) for node in held_by(function, self.effects)]
                for node, cls in found:
                    if cls is not None:
                        self.holders.setdefault(function, set()).add(cls)
                        self.ways.setdefault(function, set()).update(ways_to(node, function, self.resolution))
        return self.holders

    def left_behind(self, cls: Class) -> Function | None:
        """A function that works on the session of the same object and stays sync: its `__len__`, or one outside."""
        lineage = self.resolution.lineage(cls)
        own = [item for one in lineage for item in one.methods.values() if _uses(item, self.effects)]
        others = self.outsiders().items() if cls not in self.colours.doubles else ()
        own += [item for item, classes in others if self._are_related(cls, classes)]
        sync = (item for item in own if item.name != "__init__" and item not in self.colours.asyncs)
        stays = (item for item in sync if item in self.colours.effectful)
        return next((item for item in stays if item.cls not in self.colours.doubles or is_read(item)), None)

    def _are_related(self, cls: Class, classes: Collection[Class]) -> bool:
        """Whether one of these classes derives from the class, or the other way round."""
        lineage = self.resolution.lineage
        return any(cls in lineage(other) or other in lineage(cls) for other in classes)

    def _enters(self, cls: Class) -> Function | None:
        """The `__enter__` that opens the session of a unit of work."""
        lineage = self.resolution.lineage(cls)
        enter = next((cls.methods["__enter__"] for cls in lineage if "__enter__" in cls.methods), None)
        is_own = enter is not None and any(effect.kind == "opens" for effect in self.effects.of(enter))
        return enter if is_own and any(enter in item.methods for item in self.effects.managers) else None

    def maker(self, cls: Class, method: Function) -> tuple[Function | None, str]:
        """The constructor that takes the session of the object whose session a function works on, or None and whose
        session stays sync."""
        enter = self._enters(cls)
        if enter is not None and enter in self.colours.asyncs and method not in self.colours.twins:
            return enter, ""
        init = session_init(cls, self.resolution, self.resolution.lineage(cls))
        if init is not None and cls in self.colours.doubles:
            return init, ""
        if init is None or method in self.colours.twins:
            return None, cls.id
        calls = self.resolution.callers.get(init, [])
        stuck = next((call for call in calls if not self.carries_call(call, init)), None)
        if stuck is not None:
            return None, stuck.function.id if stuck.function else stuck.file.module
        for provider in filter(None, map(self.effects.containers.by_call.get, calls)):
            self.met.update(item for item in self.session_providers(provider, init) if item is not None)
        is_dependency = any(init in found for found in self.entries.depends_on.values())
        return (init, "") if calls or is_dependency else (None, cls.id)


def _outermost(function: Function) -> Function:
    """The method around a function inside it, whose `self` it reads."""
    while function.parent is not None:
        function = function.parent
    return function


def is_read(method: Function) -> bool:
    """Whether a method runs without being called by its name."""
    return is_property(method) or method.name.startswith("__")


def _uses(method: Function, effects: Effects) -> bool:
    kinds = {effect.kind for effect in effects.of(method)}
    is_executing = bool(kinds & {"session", "terminal"})
    return (is_executing and uses_own_session(method, effects)) or hands_own_session(method, effects)
