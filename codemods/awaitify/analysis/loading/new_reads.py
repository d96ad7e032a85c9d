"""Reads of new and changed objects: what each needs after the flush, wherever a name holds the object by then."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from awaitify.analysis.loading.computed import Computed
from awaitify.analysis.loading.context import Context
from awaitify.analysis.loading.earlier import earlier
from awaitify.analysis.loading.graph import Edge
from awaitify.analysis.loading.new import NewObjects
from awaitify.analysis.loading.reads import Read
from awaitify.analysis.loading.settle import Settler
from awaitify.analysis.loading.steps import Source
from awaitify.analysis.loading.trace import Tracer
from awaitify.project.index import text_of


@dataclass(eq=False, slots=True)
class NewReads:
    """origins: a read as it looks from where other names held the object -> the reads that it stands for."""

    context: Context
    settler: Settler
    tracer: Tracer
    origins: dict[Read, list[Read]] = field(default_factory=lambda: defaultdict(list))
    computed: Computed = field(init=False)

    def __post_init__(self) -> None:
        self.computed = Computed(self.context, self.settler.options)

    def decide(self, reads: Collection[Read], edges: set[Edge]) -> NewObjects:
        """Plans the refreshes of new objects; what they do not reach is loaded by the mapping: its edges grow."""
        live = [read for read in reads if read.function.id in self.context.reach.reached]
        live = [read for read in live if not self.context.is_dropped(read) and not self.settler.carried.serves(read)]
        before = {read: list(self._earlier(read)) for read in live}
        for read, found in before.items():
            for item in found:
                self.origins[item].append(read)
        every = dict.fromkeys([*live, *(item for found in before.values() for item in found)])
        fresh = {item for read in self.settler.fresh for item in (read, *before.get(read, ()))}
        while True:
            new = NewObjects(self.context, edges, fresh, self._carry, self.computed)
            for read in every:
                new.refresh(read)
            missed = self._missed(new)
            if missed <= edges:
                self._refuse_unnamed(live, new)
                self._run_computed(live, new)
                return new
            edges |= missed

    def _missed(self, new: NewObjects) -> set[Edge]:
        """The relationships of new objects that no refresh reaches."""
        missed = set[Edge]()
        for read, sources in self.settler.fresh.items():
            left = [item for item in sources if not new.has_judged(item, read.attr)]
            is_column = self.context.relationship(read) is None  # which no mapping loads eagerly
            if left and (is_column or any(map(self._is_lost, left))):
                self._refuse(read)
            elif left:
                missed.add((read.cls, read.attr))
        return missed

    def _refuse_unnamed(self, reads: Collection[Read], new: NewObjects) -> None:
        """Refuses reads of new objects without a name where the mapping seems to load what is read: it has not."""
        for read in reads:
            if read.path or read in self.settler.fresh or self.context.relationship(read) is None:
                continue
            made = [item for item in self.settler.options.sources(read) if item.kind == "new" and not item.path]
            served = read in self.settler.narrowed or self.settler.carried.serves(read)
            if not served and any(self._is_lost(item) and not new.has_judged(item, read.attr) for item in made):
                self._refuse(read)

    def _is_lost(self, source: Source) -> bool:
        """Whether a new object is read after a flush, and has no name by which it could be refreshed: none at all, or
        only in what runs through `run_sync`."""
        is_elsewhere = source.function.id not in self.context.reach.reached
        return (source.is_unnamed or is_elsewhere) and self.settler.options.changes.is_unloaded_new(source)

    def _refuse(self, read: Read) -> None:
        if not self.settler.carried.take(read):
            what = f"{read.attr} is read of a new object without a name"
            self.context.refuse(read.function, read.node, what)

    def _run_computed(self, reads: Collection[Read], new: NewObjects) -> None:
        """Lets reads of computed columns that no refresh serves run on the session; refuses them after a commit."""
        for read in reads:
            judged = (read.function.id, read.attr) in new.judged or any(
                new.has_judged(source, read.attr) for source in self.settler.options.sources(read) if not source.path
            )
            needs = self.computed.reads(read) and not (judged and not read.path) and self.computed.is_touched(read)
            if needs and not self._carry(read):
                what = f"{text_of(read.node)}: {read.attr} is computed by SQL, and read after a flush or a commit"
                self.context.refuse(read.function, read.node, what)

    def _carry(self, read: Read) -> bool:
        """Lets a read run on the session, or else all that it stands for."""
        carried, origins = self.settler.carried, self.origins.get(read, [])
        if self.computed.reads(read) and any(self.computed.is_committed(item) for item in (read, *origins)):
            return False  # the session keeps what the sync one read anew
        if carried.serves(read) or carried.take(read):
            return True
        return bool(origins) and all(carried.serves(item) or carried.take(item) for item in origins)

    def _earlier(self, read: Read) -> Iterator[Read]:
        """The same read from where other names held the object; refused where there are too many ways to it."""
        found = list(earlier(read, self.tracer))
        if None in found and self.context.mapping.classes[read.cls].late.get(read.attr) == "onupdate":
            what = f"`{text_of(read.node)}` is read of too many objects to follow"
            self.context.refuse(read.function, read.node, what)
        reached = self.context.reach.reached  # what runs through `run_sync` reads nothing for its caller
        yield from (item for item in found if item is not None and item.function.id in reached and self._is_one(item))

    def _is_one(self, read: Read) -> bool:
        """Whether a name may hold the object itself, not a list of such."""
        value = self.context.types.value(read.function, read.receiver) if read.receiver is not None else None
        return value is None or value.shape == "one"
