"""Relationships that stand in each other's way: an eager load stops where it comes back to a class that it passed.

Of `Item.tags` and `Tag.item`, one alone loads wherever its owner comes from; both together do not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field

from awaitify.analysis.loading.graph import Edge, Graph
from awaitify.analysis.loading.reads import Read
from awaitify.analysis.mapping.model import Mapping
from awaitify.project.index import File

#: Of pairs of a relationship and a read that are tried.
LIMIT = 4000


@dataclass(frozen=True, slots=True)
class Conflicts:
    """is_lost: whether no mapping of that graph loads what is read; roots: the functions that stay if it is refused;
    is_begun: whether other parts of the service are async already."""

    mapping: Mapping
    is_lost: Callable[[Read, Graph], bool]
    roots: Callable[[Read], Iterable[str]]
    is_begun: bool = False
    broken: dict[Edge, bool] = field(default_factory=dict)

    def breaks(self, read: Read) -> bool:
        """Whether loading early what is read would stop what code that moved before counts on."""
        edge = _edge(read)
        if self.is_begun and edge not in self.broken:
            self.broken[edge] = breaking(self.mapping, edge)
        return self.broken.get(edge, False)

    def given_up(
        self, lost: Sequence[Read], live: Sequence[Read], edges: Iterable[Edge], chosen: Collection[Edge]
    ) -> Sequence[Read]:
        """The reads to cure otherwise next, or to refuse. First those that are lost whatever else is loaded: what they
        read may stand in the way of others. chosen: relationships that are eager in the end, as it seems; what those
        alone load comes last, since what is in its way may go by then."""
        alone = [read for read in lost if self._is_lost_with(read, [_edge(read)])]
        if alone:
            return alone
        open_ones = [read for read in lost if _edge(read) not in chosen or self._is_lost_with(read, chosen)]
        return self._cheapest(open_ones or lost, live, sorted(set(edges)))

    def _cheapest(self, lost: Sequence[Read], live: Sequence[Read], edges: Sequence[Edge]) -> Sequence[Read]:
        """So that the fewest functions stay: those that are lost, or all reads of one relationship, without which
        others are no longer lost."""
        if len(edges) < 2 or len(edges) * len(lost) > LIMIT:
            return lost
        best, least = lost, self._cost(lost)
        for edge in edges:
            own = [read for read in live if _edge(read) == edge]
            others = [read for read in lost if _edge(read) != edge]
            if not others or self._cost(own) >= least:
                continue
            left = [item for item in edges if item != edge]
            cost = self._cost([*own, *(read for read in others if self._is_lost_with(read, left))])
            if cost < least:
                best, least = own, cost
        return best

    def _is_lost_with(self, read: Read, edges: Collection[Edge]) -> bool:
        return self.is_lost(read, Graph(self.mapping, edges))

    def _cost(self, reads: Iterable[Read]) -> int:
        return len({root for read in reads for root in self.roots(read)})


def breaking(mapping: Mapping, edge: Edge) -> bool:
    """Whether loading one relationship early stops what the mapping loads early now: code that is async already counts
    on that."""
    relationship = mapping.classes[edge[0]].relationships.get(edge[1])
    if relationship is None or relationship.eager:
        return False
    before, after = Graph(mapping, ()), Graph(mapping, [edge])
    return any(
        after.is_unsafe(item, cls) and not before.is_unsafe(item, cls)
        for cls, mapped in mapping.classes.items() for item in mapped.relationships.values() if item.eager
    )  # fmt: skip


def has_async_code(files: Iterable[File]) -> bool:
    """Whether a part of the service works on an async session already."""
    word = re.compile(rb"\bAsyncSession\b|\basync_sessionmaker\b")
    return any(word.search(file.source.text) for file in files if not file.is_test)


def _edge(read: Read) -> Edge:
    return read.cls, read.attr
