"""What else runs when a function becomes async: the plain functions and properties that it goes through."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from awaitify.analysis.loading.callbacks import callers_at_once
from awaitify.analysis.loading.named_values import NamedValues
from awaitify.analysis.loading.names import last_name
from awaitify.analysis.loading.reads import Read, Reader
from awaitify.analysis.loading.types import Types
from awaitify.analysis.mapping.model import Mapping as MappedClasses
from awaitify.project.index import Call, Function, Project, is_within, mentions, text_of
from awaitify.resolve.model import Point
from awaitify.resolve.oracle import Oracle

Depends = Mapping[str, Collection[Function]]
Stored = Mapping[Call, Collection[Function]]
Overrides = Callable[[Call, Function], Collection[Function]]


def no_overrides(call: Call, method: Function) -> tuple[Function, ...]:
    """A project without inheritance."""
    return ()


class Reach:
    """reached: function -> the ids of the converted functions that run it, or that it runs for as a dependency, which
    stays plain and reads objects of the async session all the same; depends: function -> its dependencies; stored: the
    calls whose text does not name what they run, with the functions that those are; elsewhere: plain functions
    that open sync sessions of their own: what they call reads objects of those, in a thread; overrides: what else a
    call of a method may mean; named: function id -> what it names as a value, for others to call."""

    def __init__(
        self,
        project: Project,
        oracle: Oracle,
        functions: Collection[Function],
        depends: Depends,
        stored: Stored,
        elsewhere: Collection[Function] = (),
        overrides: Overrides = no_overrides,
    ):
        self.elsewhere, self.overrides = elsewhere, overrides
        self.project, self.oracle, self.depends, self.stored = project, oracle, depends, stored
        self.converted = {function.id for function in functions}
        self.reached: dict[str, set[str]] = {function.id: {function.id} for function in functions}
        self.functions: dict[str, Function] = {function.id: function for function in functions}
        self.sites: dict[str, list[tuple[Function, Call]]] = {}
        self.inner: dict[str, bool] = {}
        self.named: dict[str, list[Function]] = {}
        self.names = {function.name for function in project.functions.values()}

    def comes_after(self, function: Function, route: Function) -> None:
        """Notes that what a function gives is read later, by a converted route, though it runs through `run_sync`."""
        if function.id not in self.functions:
            self.reached.setdefault(function.id, set()).add(route.id)

    def follow(self, reader: Reader, types: Types, mapping: MappedClasses) -> list[Read]:
        """Goes on until nothing new is reached; gives every read on the way."""
        queue, reads = list(self.functions.values()), []
        values = NamedValues(self.project, self.oracle, mapping)
        while queue:
            named = values.edges(queue)
            for function, item in named:
                self.named.setdefault(function.id, []).append(item)
            calls = [*self._calls(queue, types), *named]
            types.ask([(function, node) for function in queue for node in reader.receivers(function)])
            found = {function.id: list(reader.scan(function)) for function in queue}
            reads += [read for items in found.values() for read in items]
            edges = [edge for edge in calls if not _has_session(edge[1], mapping) and not edge[1].file.is_test]
            edges += [
                (item.parent, item)
                for item in self.project.functions.values()
                if item.parent and item.parent.id in found
            ]
            for function in queue:
                given = self.depends.get(function.id, ())
                edges += [
                    (function, item)
                    for item in sorted(given, key=lambda item: item.id)
                    if not _has_session(item, mapping)
                ]
                edges += [(function, item) for read in found[function.id] for item in _property(read, mapping)]
            queue = self._add(edges)
        return reads

    def _calls(self, queue: list[Function], types: Types) -> list[tuple[Function, Function]]:
        edges = []
        for function, call, callees in self._resolved(queue, types):
            for callee in callees:
                self.sites.setdefault(callee.id, []).append((function, call))
                is_inner = call in self.stored and self._is_inner(callee, function, types)
                if not is_inner and (callee not in self.elsewhere or _gives_mapped(function, call, types)):
                    edges.append((function, callee))
        return edges

    def _is_inner(self, callee: Function, function: Function, types: Types) -> bool:
        """Whether what a function calls stands in another, which alone has it called: it runs for that one only."""
        outer = callee.parent
        if outer is None or (function.file is outer.file and is_within(function.node, outer.node)):
            return False
        if callee.id not in self.inner:
            self._resolved([outer], types)
            uses = list(callers_at_once(callee, types))
            self.inner[callee.id] = bool(uses) and None not in uses
        return self.inner[callee.id]

    def _resolved(self, queue: list[Function], types: Types) -> list[tuple[Function, Call, list[Function]]]:
        """The calls in functions, with what each may run."""
        every = [(function, call) for function in queue for call in function.calls]
        calls = [item for item in every if item[1] not in self.stored and last_name(item[1].callee) in self.names]
        answers = self.oracle.definitions([Point(call.file.path, call.ask) for _, call in calls]) if calls else []
        known = [(function, call, list(self.stored[call])) for function, call in every if call in self.stored]
        for (function, call), targets in zip(calls, answers, strict=True):
            found = [self.project.definition(target.path, target.offset) for target in targets]
            callees = [item for item in found if isinstance(item, Function)] or ([] if targets else self._by_name(call))
            others = [other for item in callees for other in self.overrides(call, item) if not other.file.is_test]
            known.append((function, call, list(dict.fromkeys([*callees, *others]))))
        for _, call, callees in known:
            types.called[call.file.source.relative, call.node.start_byte, call.node.end_byte] = callees
        return known

    def _by_name(self, call: Call) -> list[Function]:
        """A bare name that nothing resolves: the function inside the caller or of the same file."""
        if call.callee.type != "identifier":
            return []
        name = text_of(call.callee)
        inner = [item for item in call.file.functions if item.parent is call.function and item.name == name]
        found = self.project.functions.get(f"{call.file.module}.{name}")
        return inner or ([found] if found is not None else [])

    def _add(self, edges: list[tuple[Function, Function]]) -> list[Function]:
        new = []
        for caller, callee in edges:
            if callee.id in self.converted:
                continue
            before = self.reached.setdefault(callee.id, set())
            added = self.reached[caller.id] - before
            if added:
                before |= added
                self.functions[callee.id] = callee
                new.append(callee)
        return list(dict.fromkeys(new))


def _has_session(function: Function, mapping: MappedClasses) -> bool:
    """Whether a plain function works on a session that it is given: then it is run through `run_sync`, where lazy loads
    work. One that has no use for its session is called as it is."""
    return any(
        mentions(function, [param.name])
        for param in function.params
        if param.annotation is not None
        and "Session" in text_of(param.annotation)
        and mapping.names.is_session(function.file, text_of(param.annotation))
    )


def _gives_mapped(function: Function, call: Call, types: Types) -> bool:
    """Whether a call hands over an object, which stays one of the caller's session."""
    given = [item.child_by_field_name("value") or item for item in call.arguments]
    return any(types.value(function, item) is not None for item in given)


def _property(read: Read, mapping: MappedClasses) -> list[Function]:
    mapped = mapping.get(read.cls)
    found = mapped.properties.get(read.attr) if mapped else None
    return [found] if found else []
