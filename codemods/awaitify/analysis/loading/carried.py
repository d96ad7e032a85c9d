"""The last cure of a lazy load: what reads runs on the session, `await db.run_sync(lambda _: user.to_schema())`.

There the lazy loads emit what they emitted, where they did. It serves what no option, refresh or mapping reaches: a
mapper that many places hand objects to, a path over several relationships.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from awaitify_transforms.edits import NameParts, ReplaceExpression, ReturnAfter
from tree_sitter import Node

from awaitify.analysis.loading.callbacks import callers_at_once
from awaitify.analysis.loading.choice import Options
from awaitify.analysis.loading.context import Context
from awaitify.analysis.loading.endings import passed_by
from awaitify.analysis.loading.names import loops_around
from awaitify.analysis.loading.narrow import PERSISTENT
from awaitify.analysis.loading.reads import Read
from awaitify.analysis.loading.responses import Response, Responses
from awaitify.analysis.loading.running_places import Place, Sessions, expression
from awaitify.analysis.loading.staleness import Memo, commits
from awaitify.analysis.loading.steps import Source
from awaitify.analysis.mapping.model import Relationship
from awaitify.project.index import Call, File, Function, ancestors, text_of

REASON = "what it reads is loaded as it is read, on the session"


@dataclass(eq=False, slots=True)
class Carried:
    """places: the expressions that run on the session, with its code; functions: ids of the plain functions that run
    there alone; responses, returns: response models, and where they read before a route returns; reads: those that are
    settled so; stuck: what was refused meanwhile; ways: how converted functions come to each plain one; refresh: plans
    one where an object is handed over; refreshed: what it planned; through: a property's id -> the reads of it."""

    context: Context
    options: Options
    sessions: Sessions
    responses: Responses | None
    places: dict[int, tuple[Function, Place]] = field(default_factory=dict)
    functions: set[str] = field(default_factory=set)
    reads: set[Read] = field(default_factory=set)
    stuck: list[tuple[list[str], Read]] = field(default_factory=list)
    refreshed: list[tuple[Read, Source]] = field(default_factory=list)
    ways: dict[str, list[tuple[Function, Node] | None]] = field(default_factory=dict)
    memo: Memo = field(default_factory=dict)
    judged: dict[Read, list[set[str]]] = field(default_factory=dict)
    returns: dict[int, tuple[Function, Response]] = field(default_factory=dict)
    refresh: Callable[[Read, Source], bool] = lambda read, source: False
    through: Mapping[str, Sequence[Read]] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """How many places run on a session."""
        return len(self.places) + len(self.returns)

    def serves(self, read: Read) -> bool:
        """Whether a read runs on the session, wherever it is reached from."""
        if read in self.reads:
            return True
        runs = read.function.id in self.functions or self._is_inside(read.function)
        return runs and not self._changing(read)

    def take(self, read: Read) -> bool:
        """Lets what reads run on the session; says whether some function goes on with that. Those from where that is
        not the same are refused."""
        if any(item.lazy in ("dynamic", "write_only") for item in self._named(read)):
            return False
        changing = self._changing(read)
        if read.function.id not in self.context.reach.converted:
            return self._take_callers(read, changing) or (not changing and self._take_outer(read))
        found = (
            self.sessions.place(read.function, expression(read, self.context.mapping.names)) if not changing else None
        )
        if found is not None:
            self._add(read.function, found)
        elif changing or not self._returns_after(read):
            return False
        self.reads.add(read)
        return True

    def _returns_after(self, read: Read) -> bool:
        """Lets the response model read on the session before the route returns."""
        found = self.responses.of(read, self.sessions.codes) if self.responses is not None else None
        if found is not None:
            self.returns[found.statement.id] = (read.function, found)
        return found is not None

    def _named(self, read: Read) -> list[Relationship]:
        """What is read; all that have the name, where the object's class is not known."""
        classes = self.context.mapping.classes
        owners = [classes[read.cls]] if read.cls else list(classes.values())
        return [item.relationships[read.attr] for item in owners if read.attr in item.relationships]

    def edits(self) -> Iterator[tuple[File, NameParts | ReplaceExpression | ReturnAfter]]:
        """What to write, outermost places alone."""
        for function, response in self.returns.values():
            if function.id not in self.context.refusals:
                yield function.file, response.edit()
        places = {at: item for at, item in self.places.items() if item[0].id not in self.context.refusals}
        for function, place in places.values():
            if not any(above.id in places for above in ancestors(place.node)):
                yield from ((function.file, edit) for edit in place.edits(function, REASON))

    def refuse(self) -> None:
        """Refuses, once more after all refusals were taken back, what cannot run on a session."""
        for roots, read in self.stuck:
            self.context.refuse_roots(roots, read.function, read.node, what_is_read(read, self.context))
        for read, source in self.refreshed:
            self.refresh(read, source)

    def _take_callers(self, read: Read, changing: list[set[str]]) -> bool:
        places = list(self._boundaries(read.function))
        if not places or None in places:
            return False
        found = [(caller, node, self.sessions.place(caller, node)) for caller, node in filter(None, places)]
        callers = {caller.id for caller, _, _ in found}
        if not all(callers & around for around in changing):
            return False
        stuck = callers.intersection(set[str]().union(*changing))
        stuck |= {caller.id for caller, _, place in found if place is None}
        if stuck >= callers:
            return False
        if stuck:
            self.stuck.append((sorted(stuck), read))
            self.refuse()
        for caller, _, place in found:
            if place is not None and caller.id not in stuck:
                self._add(caller, place)
        self.functions.add(read.function.id)
        self.reads.add(read)
        return True

    def _take_outer(self, read: Read) -> bool:
        """Lets what reads a property run on the session, for what the property reads."""
        outer, queue, seen = list[Read](), [read.function.id], {read.function.id}
        while queue:
            for item in self.through.get(queue.pop(), ()):
                if item.function.id in self.through and item.function.id not in seen:
                    seen.add(item.function.id)
                    queue.append(item.function.id)
                elif item.function.id not in self.through and not self.context.is_dropped(item):
                    outer.append(item)
        left = [item for item in outer if not self.take(item)]
        stuck = {root for item in left for root in self.context.reach.reached[item.function.id]}
        if len(left) == len(outer):
            return False
        if stuck:
            self.stuck.append((sorted(stuck), read))
            self.refuse()
        self.reads.add(read)
        return True

    def _is_inside(self, function: Function) -> bool:
        """Whether a plain function is only come to from what runs on the session."""
        if not self.places or function.id in self.context.reach.converted:
            return False
        if function.id not in self.ways:
            self.ways[function.id] = list(self._boundaries(function))
        ways = self.ways[function.id]
        return bool(ways) and all(way is not None and self._runs(way[1]) for way in ways)

    def _runs(self, node: Node) -> bool:
        return any(item.id in self.places for item in (node, *ancestors(node)))

    def _boundaries(self, function: Function) -> Iterator[tuple[Function, Node] | None]:
        """The calls by which converted functions come to a plain one; None where something else leads there."""
        reach, seen, queue = self.context.reach, {function.id}, [function]
        given = {item.id for found in reach.depends.values() for item in found}
        while queue:
            item = queue.pop()
            sites = reach.sites.get(item.id, [])
            if item.parent is not None and item.parent.id in reach.converted:
                calls = list(callers_at_once(item, self.context.types))
                yield from ((item.parent, call) if call is not None else None for call in calls)
                # what it is handed to calls it there
                sites = [site for site in sites if site[1] not in reach.stored or not calls or None in calls]
            elif item.parent is not None or item.id in given or not sites:
                yield None
            for caller, call in sites:
                if caller.id in reach.converted:
                    yield caller, call.node
                elif caller.id not in seen:
                    seen.add(caller.id)
                    queue.append(caller)

    def _add(self, function: Function, place: Place) -> None:
        self.places[place.node.id] = (function, place)

    def _changing(self, read: Read) -> list[set[str]]:
        """The ids of the functions that an object comes through, for each that a commit expired, so that the sync
        service read anew what has changed: here it stays as it was loaded, if it was."""
        if read not in self.judged:
            self.judged[read] = list(self._changed(read, self._named(read)))
        return self.judged[read]

    def _changed(self, read: Read, named: list[Relationship]) -> Iterator[set[str]]:
        if self.context.types.keeps or not named:
            return
        for source in self.options.sources(read) or [Source("unknown", read.function, read.node)]:
            around = {item.function.id: item.function for item in source.segments}
            around |= {read.function.id: read.function, source.function.id: source.function}
            if source.kind == "unknown":
                calls = [(item, call) for item in around.values() for call in item.calls]
                changes = any(self._commits(*it) for it in calls if not self._is_behind(*it, read))
            else:
                changes = self._is_committed(source) and self._may_change(source, read, named)
            if changes and (read, source) not in self.refreshed:
                if source.kind in PERSISTENT and self.refresh(read, source):
                    self.refreshed.append((read, source))
                else:
                    yield set(around)

    def _is_behind(self, function: Function, call: Call, read: Read) -> bool:
        """Whether a call comes after a read, in a function that only the framework calls: once for each request."""
        is_entry = function.id in self.context.reach.converted and not self.context.reach.sites.get(function.id)
        is_later = function is read.function and call.node.start_byte >= read.node.end_byte
        return is_entry and is_later and not loops_around(read.node)

    def _may_change(self, source: Source, read: Read, named: list[Relationship]) -> bool:
        changes, names = self.options.changes, (*source.path, *read.path, read.attr)
        return any(changes.between(source, item) for item in named) or changes.moves_below(source, names, False)

    def _is_committed(self, source: Source) -> bool:
        segments = (*source.segments, *source.earlier)
        calls = [(segment.function, call) for segment in segments for call in segment.function.calls
                 if segment.start <= call.node.start_byte < segment.end]  # fmt: skip
        return any(passed_by(self.context.types.endings, source)) or any(self._commits(*item) for item in calls)

    def _commits(self, function: Function, call: Call) -> bool:
        return commits(function, call, self.context.types, self.memo)


def what_is_read(read: Read, context: Context) -> str:
    """Why a read is refused."""
    owner = context.mapping.classes[read.cls].cls.name if read.cls else "an object"
    return f"{owner}.{read.attr} is read ({read.via or text_of(read.node)}) and cannot be loaded for certain"
