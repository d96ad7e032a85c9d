"""Chooses the cure of each relationship read: a loader option, a refresh before it, an eager mapping, or none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from awaitify_transforms.edits import InsertCode

from awaitify.analysis.loading.carried import Carried, what_is_read
from awaitify.analysis.loading.choice import Options
from awaitify.analysis.loading.conflicts import Conflicts, has_async_code
from awaitify.analysis.loading.context import Context
from awaitify.analysis.loading.graph import Edge, Graph, Origin, origin
from awaitify.analysis.loading.handed import Handed
from awaitify.analysis.loading.held import is_owner_held
from awaitify.analysis.loading.keyed import KeyedChanges
from awaitify.analysis.loading.narrow import PERSISTENT, Narrow
from awaitify.analysis.loading.reads import Read
from awaitify.analysis.loading.refreshed import Refreshed
from awaitify.analysis.loading.responses import Responses
from awaitify.analysis.loading.running_places import Sessions
from awaitify.analysis.loading.steps import Source
from awaitify.project.index import text_of


class Settler:
    """options: reads that a loader option serves. narrowed: reads that a refresh serves (None: one that is there, or
    planned for another read). fresh: reads of new objects only, with the places that made them."""

    def __init__(
        self, context: Context, options: Options, sessions: Sessions, responses: Responses | None,
        through: Mapping[str, Sequence[Read]],
    ):  # fmt: skip
        self.context, self.options = context, options
        self.carried = Carried(context, options, sessions, responses, through=through)
        self.narrow, self.handed = Narrow(context.types), Handed(context.types)
        self.refreshed = Refreshed(context.types, options.changes)
        self.keyed = KeyedChanges(context.types, context.reach)
        self.narrowed: dict[Read, InsertCode | None] = {}
        self.served: set[Read] = set()
        self.fresh: dict[Read, list[Source]] = {}
        self.lost: list[Read] = []
        self.carried.refresh = self._refresh_handed
        roots, is_begun = context.reach.reached, has_async_code(context.types.project.files)
        self.conflicts = Conflicts(context.mapping, self._is_lost, lambda read: roots[read.function.id], is_begun)

    def _refresh_handed(self, read: Read, source: Source) -> bool:
        """Refreshes what a function reads of its parameter where callers hand the object over."""
        places = self.handed.places(read, source)
        return any(self._narrow(place, [source]) for place in places)

    def settle(self, reads: Sequence[Read], chosen: set[Edge]) -> set[Edge]:
        """The relationships to load eagerly, after refusing every read that no cure would reach: once more where what
        is loaded for others serves a refused one too, as a second run would find. chosen: relationships that are
        eager in the end in any case, as it seems."""
        before = {root: dict(reasons) for root, reasons in self.context.refusals.items()}
        chosen = set(chosen)
        while True:
            known = self.carried.count
            edges = self._settle(reads, chosen)
            if self.carried.count == known:
                graph = Graph(self.context.mapping, edges)
                again = any((read.cls, read.attr) in edges and self._is_reached(read, graph) for read in self.lost)
                if not again or edges <= chosen:
                    self._drop_spare(edges, graph)
                    return edges
                chosen |= edges
            self.context.refusals = {root: dict(reasons) for root, reasons in before.items()}
            self.options.wanted.clear()
            for item in (self.narrowed, self.served, self.fresh, self.lost):
                item.clear()
            self.carried.refuse()

    def _drop_spare(self, edges: set[Edge], graph: Graph) -> None:
        """Refreshes of what the mapping loads for other reads anyway, as it does once those have moved."""
        spare = [
            read for read, edit in self.narrowed.items()
            if edit is not None and (read.cls, read.attr) in edges and self._is_reached(read, graph)
        ]  # fmt: skip
        for read in spare:
            others = [item for item in self.narrowed if item != read and self.refreshed.covers(read, item)]
            if all(self._is_reached(item, graph) for item in others):
                del self.narrowed[read]

    def _settle(self, reads: Sequence[Read], chosen: set[Edge]) -> set[Edge]:
        self.narrowed.update((read, None) for read in self._open(reads) if self.refreshed.is_there(read))
        self._choose([read for read in reads if read not in self.narrowed])
        self._refresh_rekeyed(reads)
        while True:
            live = [read for read in self._open(reads) if read not in self.narrowed]
            edges = {(read.cls, read.attr) for read in live if not self.context.is_self_referential(read)}
            graph = Graph(self.context.mapping, edges)
            lost = [read for read in live if self._is_lost(read, graph)]
            if not lost:
                return edges
            for read in self.conflicts.given_up(lost, live, edges, chosen):
                if not self._narrow(read, None) and not self._hand(read):
                    self._refuse(read)

    def _is_lost(self, read: Read, graph: Graph) -> bool:
        """Whether no eager mapping loads what is read."""
        return self.options.bare.holds(read.cls) or self.conflicts.breaks(read) or not self._is_reached(read, graph)

    def _refuse(self, read: Read) -> None:
        if not self.carried.take(read):
            self.lost.append(read)
            why = what_is_read(read, self.context)
            self.context.refuse(read.function, read.node, why)
            self.context.refuse_roots(self._changed_around(read), read.function, read.node, why)

    def _changed_around(self, read: Read) -> set[str]:
        """The converted functions in which what is read changes: they cannot run the rest on the session either."""
        relationship = self.context.relationship(read)
        changing = {
            segment.function.id
            for source in self.options.sources(read)
            for segment in (*source.segments, *source.earlier)
            if relationship
            and self.options.changes.between(replace(source, segments=(segment,), earlier=()), relationship)
        }
        return changing & self.context.reach.converted

    def is_read_by_response(self, read: Read) -> bool:
        """Whether a response model that reads on the session loads it anyway, as nothing was flushed before."""
        responses = [item for function, item in self.carried.returns.values() if function is read.function]
        place = read.node.start_byte
        if not any(item.statement.start_byte <= place < item.statement.end_byte for item in responses):
            return False
        sources, changes = self.options.sources(read), self.options.changes
        return all(item.kind in PERSISTENT and not changes.is_flushed(item) for item in sources)

    def _hand(self, read: Read, in_dependencies: bool = True) -> bool:
        """Loads what a function reads of its parameter where callers got the object: by an option of their query, or
        by a refresh right before they hand it over. in_dependencies: also where that is one more statement for every
        request over a dependency, which the mapping would spare."""
        sources = self.options.sources(read) if not read.path else []
        rest = [item for item in sources if self.options.chains(read, [item]) is None and item.kind != "new"]
        if not rest or any(item.kind not in PERSISTENT for item in rest):
            return False
        places = [(item, self.handed.places(read, item)) for item in rest]
        shared = {item.id for given in self.context.reach.depends.values() for item in given}
        if not in_dependencies and any(place.function.id in shared for _, found in places for place in found):
            return False
        planned = dict(self.narrowed)
        if not all(any(self._narrow(place, [item]) for place in found) for item, found in places):
            self.narrowed = planned
            return False
        for item in sources:
            for source, chain in self.options.chains(read, [item]) or ():
                self.options.add(source, chain, read)
        self.served.add(read)
        self._note_new(read, sources)
        return True

    def _note_new(self, read: Read, sources: list[Source]) -> None:
        new = [item for item in sources if item.kind == "new" and not item.path and not read.path]
        if new:
            self.fresh[read] = new

    def _refresh_rekeyed(self, reads: Sequence[Read]) -> None:
        """What a foreign key leads to that was set on the way is refreshed before the object is passed on: a mapping
        loads what the key led to before."""
        context = self.context
        for read in [item for item in self._open(reads) if item not in self.narrowed]:
            for source in self.options.sources(read) if not read.path else ():
                if source.path or not self.options.changes.rekeyed(source, read.attr):
                    continue
                passing = [use for use in source.uses if not use.path and use.function.id in context.reach.converted]
                handed = [Read(use.function, read.cls, read.attr, use.at, use.name) for use in passing]
                if not any(item in self.narrowed or self._narrow(item, [source]) for item in handed):
                    what = f"{read.attr} is read after its foreign key was set, and cannot be loaded for certain"
                    function = passing[0].function if passing else read.function
                    context.refuse(function, passing[0].at if passing else read.node, what)

    def _open(self, reads: Sequence[Read]) -> list[Read]:
        """The reads of relationships that are still to be cured."""
        context = self.context
        live = [read for read in reads if context.relationship(read) is not None and not context.is_dropped(read)]
        done = self.served | self.fresh.keys()
        left = [read for read in live if read not in done and not self.carried.serves(read)]
        return [read for read in left if not self._is_transient(read)]

    def _is_transient(self, read: Read) -> bool:
        """Whether the object is certainly a new one that nothing flushed."""
        if not self.context.is_transient(read):
            return False
        sources = self.options.sources(read)
        return all(item.kind == "new" and not self.options.changes.autoflush.reaches(item, read) for item in sources)

    def _choose(self, reads: Sequence[Read]) -> None:
        """The narrow cures: loader options first, then refreshes."""
        for read in reads:
            if self.context.mapping.classes[read.cls].late.get(read.attr) == "deferred":
                self._load_column(read)
        given = Graph(self.context.mapping, ())
        shared = []
        for read in self._open(reads):
            relationship = self.context.mapping.classes[read.cls].relationships[read.attr]
            if relationship.eager and self._is_reached(read, given):
                continue
            sources = self.options.sources(read)
            if self._is_shared(read, sources) and not relationship.eager:
                shared.append((read, sources))
                continue
            self._cure(read, sources)
        # What only an option can serve comes first: then the others need no refresh of their own.
        for read, sources in sorted(shared, key=lambda item: item[0].function.id in self.context.reach.converted):
            if not self.options.has(read, sources) and self._narrow(read, sources):
                continue
            self._cure(read, sources)

    def _cure(self, read: Read, sources: list[Source]) -> None:
        """A loader option, else the refresh of a new object or a loaded one; what is left is for the mapping."""
        if any(self._is_autoflushed(item, read) for item in sources):
            if not self._narrow(read, sources):
                self._refuse(read)
            return
        chains = self.options.chains(read, sources)
        if chains is not None:
            self.served.add(read)
            for source, chain in chains:
                self.options.add(source, chain, read)
            self._note_new(read, sources)
        elif sources and not read.path and all(item.kind == "new" and not item.path for item in sources):
            self.fresh[read] = sources
        elif not self.context.mapping.classes[read.cls].relationships[read.attr].eager:
            _ = self._narrow(read, sources) or self._hand(read, in_dependencies=False)

    def _is_autoflushed(self, source: Source, read: Read) -> bool:
        """Whether a query alone may have flushed a new object: it may be pending still, and no refresh names it."""
        if source.kind != "new" or source.path or read.path or self.options.changes.is_flushed(source):
            return False
        return self.options.changes.autoflush.reaches(source, read)

    def _is_shared(self, read: Read, sources: Sequence[Source]) -> bool:
        """Whether a dependency loads the object, for other routes too: they need not load what this one reads."""
        name = text_of(read.receiver) if read.receiver is not None else ""
        given = read.function.param(name) is not None and read.function.id not in self.context.reach.sites
        return given and all(source.function is not read.function for source in sources)

    def _load_column(self, read: Read) -> None:
        """A deferred column: undeferred by the query, or refreshed."""
        context = self.context
        if context.is_dropped(read) or self._is_transient(read):
            return
        sources = self.options.sources(read)
        if sources and not read.path and all(item.kind == "new" and not item.path for item in sources):
            self.fresh[read] = sources
            return
        chains = self.options.chains(read, sources)
        for source, chain in chains or ():
            self.options.add(source, chain, read)
        if chains is None and not self._narrow(read, sources) and not self.carried.take(read):
            name = f"{context.mapping.classes[read.cls].cls.name}.{read.attr}"
            context.refuse(read.function, read.node, f"{name} is a deferred column")

    def _narrow(self, read: Read, sources: list[Source] | None) -> bool:
        """Plans a refresh right before the read, unless one on the way is planned already."""
        context = self.context
        if read in self.narrowed:
            return True
        if read.function.id not in context.reach.converted or read.recursive:
            return False  # a refresh loads to one depth
        found = self.options.sources(read) if sources is None else sources
        relationship = context.relationship(read)
        changes = self.options.changes
        pending = [source for source in found if relationship and changes.is_pending(source, relationship)]
        if any(changes.is_flushed(source) for source in pending):
            return False  # loaded before the flush, perhaps: a refresh would lose what is not flushed yet
        unnamed = context.is_left_out(read) or any(self._is_autoflushed(source, read) for source in found)
        is_stale = not pending and any(relationship and changes.between(source, relationship) for source in found)
        edit = self.narrow.before(read, found, unnamed or bool(pending), is_stale)
        if edit is None:
            return False
        is_there = self.refreshed.is_there(read)
        if is_there or any(self.refreshed.covers(earlier, read) for earlier in self.narrowed):
            self.narrowed[read] = None
            return True
        self.narrowed = {
            late: item for late, item in self.narrowed.items() if not self.refreshed.covers(read, late) or item is None
        }
        self.narrowed[read] = edit
        return True

    def _is_reached(self, read: Read, graph: Graph) -> bool:
        relationship = self.context.mapping.classes[read.cls].relationships[read.attr]
        node, types = read.receiver, self.context.types
        start = origin(types, read.function, node) if node is not None else Origin("unknown")
        sources = self.options.sources(read)
        is_held = all(is_owner_held(item, read) for item in sources)
        if not graph.reaches(relationship, read.cls, start, read.path, is_held) or self.options.may_be_saved(read):
            return False
        if not relationship.eager and (self.options.bulk.touches(relationship) or self.keyed.touches(relationship)):
            return False
        if any(graph.has_passed(relationship, item.root, (*item.path, *read.path), is_held) for item in sources):
            return False
        if not relationship.eager and any(self.options.changes.between(item, relationship) for item in sources):
            return False
        return not any(self.options.is_left_out(source, read) for source in sources)
