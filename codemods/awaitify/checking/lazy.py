"""Attributes that load on access: with a sync session that is database I/O, under an AsyncSession a MissingGreenlet.

Only what is certain is reported: the object is followed back to every query that may have made it, and none of them,
and nothing on the way, loads the attribute."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

from awaitify.analysis.loading.names import last_name
from awaitify.analysis.loading.options import LOADER
from awaitify.analysis.loading.reads import Read, Reader
from awaitify.analysis.loading.returns import Returns
from awaitify.analysis.loading.trace import Sites, Source, Tracer
from awaitify.analysis.loading.types import Types
from awaitify.analysis.mapping.finding import find_mapping
from awaitify.analysis.mapping.model import Mapping, Relationship
from awaitify.analysis.mapping.schemas import Schemas
from awaitify.checking.loop import Loop, place, step
from awaitify.findings import Finding
from awaitify.project.index import Function, ancestors, text_of

# Loader options that name no attribute where they stand: `selectinload("*")`, `.options(*all_of_them)`, a variable.
_LOADS_ANY = re.compile(r"load\w*\(\s*['\"*]|\.options\(\s*(?:\*|\w+\s*[,)])|awaitable_attrs")
ASYNC, SYNC = "async", "sync"
_NEVER_LOADS = ("raise", "raise_on_sql", "noload", "dynamic", "write_only")


@dataclass(frozen=True, slots=True)
class LazyRead:
    """A read in a function that the loop runs. session: of which kind the session is that gave the object."""

    function: Function
    node: Node
    name: str
    session: str
    via: str = ""


def lazy_reads(loop: Loop, reached: list[Function]) -> list[LazyRead]:
    """The lazy loads in these functions."""
    mapping = find_mapping(loop.effects.resolution.project)
    if not any(mapped.relationships for mapped in mapping.classes.values()):
        return []
    return list(_Search(loop, mapping).run(reached))


def findings(loop: Loop, reads: list[LazyRead]) -> Iterator[Finding]:
    """Those under an AsyncSession, as findings."""
    for read in reads:
        if read.session != ASYNC:
            continue
        function, entry = read.function, loop.entry(read.function)
        how = f"by {read.via}" if read.via else f"as {' '.join(text_of(read.node).split())[:60]}"
        yield Finding(
            "lazy-load",
            function.file.source.relative,
            *place(function.file, read.node),
            function.id,
            f"{read.name} is read {how}, and nothing has loaded it: MissingGreenlet under an AsyncSession",
            f"add `.options(selectinload({read.name}))` to the query, or refresh the object with this attribute before",
            "error",
            entry.label if entry is not None else "",
            (*loop.path(function), step(function, read.node, read.name)),
        )


class _Search:
    def __init__(self, loop: Loop, mapping: Mapping):
        resolution = loop.effects.resolution
        self.loop, self.mapping = loop, mapping
        self.types = Types(resolution.project, mapping, resolution.oracle)
        self.reader = Reader(mapping, self.types)
        self.returns = Returns(Schemas(mapping), self.types, resolution.oracle)
        self.sessions: dict[Function, str] = {}
        self.tracer = Tracer(self.types, self._sites(), {})
        self.words = re.compile(rf"\.\s*(?:{'|'.join(sorted(mapping.relationship_names()))})\b")

    def run(self, reached: list[Function]) -> Iterator[LazyRead]:
        """Reads in code, and by the response models of routes."""
        readers = [item for item in reached if not item.file.is_test and self.words.search(text_of(item.node))]
        self.types.ask([(item, node) for item in readers for node in self.reader.receivers(item)])
        for function in readers:
            for read in self.reader.scan(function):
                yield from self._judged(read)
        for route in self.loop.entries.routes:
            model = route.response_model or route.function.node.child_by_field_name("return_type")
            if route.function.is_async and route.function in reached and model is not None:
                for read in self.returns.of_route(route.function, model):
                    yield from self._judged(read)

    def _sites(self) -> Sites:
        """The calls of each function, from what is resolved already; the same is told to the types."""
        sites: Sites = {}
        for call, effect in self.loop.effects.by_call.items():
            if effect.kind == "project" and call.function is not None:
                key = (call.file.source.relative, call.node.start_byte, call.node.end_byte)
                self.types.called[key] = list(effect.callees)
                for callee in effect.callees:
                    sites.setdefault(callee.id, []).append((call.function, call))
        return sites

    def _judged(self, read: Read) -> Iterator[LazyRead]:
        mapped = self.mapping.get(read.cls) if read.cls else None
        relationship = mapped.relationships.get(read.attr) if mapped is not None else None
        if relationship is None or mapped is None or read.receiver is None or read.path or _is_put_off(read):
            return
        if relationship.eager or relationship.lazy in _NEVER_LOADS:
            return
        kinds = {self._session(read, source, relationship) for source in self._made(read)}
        if len(kinds) == 1 and (kind := kinds.pop()):
            yield LazyRead(read.function, read.node, f"{mapped.cls.name}.{read.attr}", kind, read.via)

    def _made(self, read: Read) -> list[Source]:
        """Where the object comes from."""
        sources = self.tracer.sources(read.function, read.receiver) if read.receiver is not None else []
        return sources or [Source("unknown", read.function, read.node)]

    def _session(self, read: Read, source: Source, relationship: Relationship) -> str:
        """The kind of session that a lazy load would use; empty when it is not certain that there is one."""
        if source.kind not in ("query", "get") or source.path:
            return ""
        homes = {item.id: item for item in (source.function, read.function, *(s.function for s in source.segments))}
        texts = [text_of(item.node) for item in homes.values()]
        if any(self._may_load(text, read, relationship) for text in texts):
            return ""
        return self._kind(source.function)

    def _may_load(self, text: str, read: Read, relationship: Relationship) -> bool:
        """Whether anything in the text of a function may load or set the attribute, or holds its target already."""
        attr = re.escape(read.attr)
        named = rf"{LOADER}{attr}\b|['\"]{attr}['\"]|\.{attr}\s*=[^=]"
        if re.search(named, text) or _LOADS_ANY.search(text):
            return True
        target = relationship.target.rpartition(".")[2]
        return not relationship.uselist and re.search(rf"\b{re.escape(target)}\b", text) is not None

    def _kind(self, function: Function) -> str:
        """Whether a function works with a sync session or with an async one; empty for neither or both."""
        if function not in self.sessions:
            effects = self.loop.effects
            found = {SYNC for effect in effects.of(function) if effect.kind in ("session", "terminal", "root")}
            for call in function.calls:
                for target in effects.resolution.targets.get(call, ()):
                    if target.name.startswith("sqlalchemy.ext.asyncio.") or ".AsyncSession." in target.name:
                        found.add(ASYNC)
            self.sessions[function] = found.pop() if len(found) == 1 else ""
        return self.sessions[function]


def _is_put_off(read: Read) -> bool:
    """Whether the read runs elsewhere (in a lambda, perhaps by run_sync), or names what a call should load."""
    for node in ancestors(read.node):
        if node.type == "lambda":
            return True
        if node.type == "call" and last_name(node) in ("run_sync", "selectinload", "joinedload", "inspect"):
            return True
        if node.type == "function_definition":
            return False
    return False
