"""Where names held an object before it is read: in callers that handed it over, and in what returned it."""

from __future__ import annotations

from collections.abc import Iterator

from awaitify.analysis.loading.reads import Read
from awaitify.analysis.loading.trace import WIDE, Tracer


def earlier(read: Read, tracer: Tracer) -> Iterator[Read | None]:
    """The same read as it looks from where other names held the object: in callers, and in what returned it; None when
    there are too many ways."""
    if read.receiver is None or read.path:
        return
    sources = tracer.sources(read.function, read.receiver, WIDE)
    first = sources[0] if len(sources) == 1 and read.receiver.type == "identifier" else None
    if first is not None and first.kind == "unknown" and not first.uses and not first.segments:
        yield None
    for source in sources:
        for use in source.uses:
            if not use.path and use.name is not read.receiver:
                yield Read(use.function, read.cls, read.attr, use.at, use.name)
