"""Reads after the end of a `with` statement that flushes as it ends."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from awaitify.analysis.loading.endings import Endings, passed_by
from awaitify.analysis.loading.reads import Read
from awaitify.analysis.loading.steps import Source
from awaitify.analysis.mapping.model import Mapping
from awaitify.project.index import text_of

LOADED = {"query", "get"}


def ended_reads(
    reads: Iterable[Read], mapping: Mapping, endings: Endings, sources: Callable[[Read], Iterable[Source]]
) -> Iterator[tuple[Read, str]]:
    """(read, why it is refused) where a `with` that flushes ends before it: what is new has nothing loaded then, and no
    refresh has a place between the end and what is returned from inside."""
    for read in reads if endings else ():
        mapped = mapping.classes[read.cls]
        late = mapped.late.get(read.attr)
        if not late and read.attr not in mapped.relationships:
            continue
        for source in sources(read):
            _, statement = next(passed_by(endings, source), (None, None))
            if statement is not None and (late or source.kind not in LOADED):
                where = f"the `with` of line {statement.start_point[0] + 1}, which flushes as it ends"
                yield read, f"{read.attr} is read ({read.via or text_of(read.node)}) after {where}"
                break
