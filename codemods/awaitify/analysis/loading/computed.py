"""Columns that the mapping computes by SQL (`column_property`): a flush of their object expires them, and after a
commit the sync service read them anew. An async session keeps what a commit does not touch, and cannot load at a read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from tree_sitter import Node

from awaitify.analysis.loading.changes import Changes
from awaitify.analysis.loading.choice import Options
from awaitify.analysis.loading.context import Context
from awaitify.analysis.loading.endings import passed_by
from awaitify.analysis.loading.flushing import FLUSHES
from awaitify.analysis.loading.life import Life
from awaitify.analysis.loading.names import last_name, walk
from awaitify.analysis.loading.reads import Read
from awaitify.analysis.loading.staleness import Memo, commits
from awaitify.analysis.loading.steps import Segment, Source
from awaitify.project.index import Call, Function, ancestors, text_of

COMPUTED = "column_property"
LOOPS = {"for_statement", "list_comprehension", "set_comprehension", "dictionary_comprehension", "generator_expression"}


@dataclass(eq=False, slots=True)
class Computed:
    """Tells what may have touched such a column before it is read."""

    context: Context
    options: Options
    memo: Memo = field(default_factory=dict)

    def reads(self, read: Read) -> bool:
        """Whether a read is one of such a column."""
        return self.context.mapping.classes[read.cls].late.get(read.attr) == COMPUTED

    def stale_from(self, read: Read, life: Life) -> int | None:
        """The offset from which a flush may leave the column stale; None where nothing flushes, or where a loop goes
        through such objects."""
        before = read.node.start_byte
        bound = [offset for offset in life.made if offset < before]
        if read.function.param(life.name) is not None:
            bound = [read.function.node.start_byte]
        if not bound or any(item.type in LOOPS and _binds(item, life.name) for item in ancestors(read.node)):
            return None
        return min(bound) if life.flushes_between(min(bound), before) else None

    def is_renewed_by(self, read: Read, life: Life, flush: Node) -> bool:
        """Whether the sync service certainly read the column anew after a call: one that commits, or that flushes the
        object itself."""
        calls = [call for call in read.function.calls if call.node == flush]
        commits = last_name(flush) == "commit" or any(self.commits(read.function, call) for call in calls)
        return commits or self.context.is_new(read) or any(place < flush.start_byte for place in life.changed)

    def is_touched(self, read: Read) -> bool:
        """Whether something flushes after the object was loaded or made."""
        found = self.options.sources(read)
        unknown = [Segment(read.function, read.function.node.start_byte, read.node.start_byte)]
        if not found or any(item.kind == "unknown" for item in found):
            found = [*found, Source("unknown", read.function, read.node, segments=tuple(unknown))]
        return any(self._is_flushed(item) or self._is_autoflushed(item, read) for item in found)

    def is_committed(self, read: Read) -> bool:
        """Whether something commits after the object was loaded or made."""
        return any(self.passes_commit(item) for item in self.options.sources(read))

    def passes_commit(self, source: Source) -> bool:
        """Whether something commits on the way from a source to its read."""
        calls = any(self.commits(segment.function, call) for segment, call in _calls(source))
        return calls or any(passed_by(self.context.types.endings, source))

    def commits(self, function: Function, call: Call) -> bool:
        """Whether a call commits, itself or through functions of the project."""
        return commits(function, call, self.context.types, self.memo)

    @property
    def _changes(self) -> Changes:
        return self.options.changes

    def _is_flushed(self, source: Source) -> bool:
        flushing = self._changes.flushing
        return any(passed_by(self.context.types.endings, source)) or any(
            last_name(call.node) in FLUSHES or flushing.may_flush(segment.function, call.node)
            for segment, call in _calls(source)
        )

    def _is_autoflushed(self, source: Source, read: Read) -> bool:
        """Whether a query may have flushed the object, which was added or changed before."""
        if not self._changes.autoflush.is_on:
            return False
        lives = [self.context.lives.of(item.function, item.name) for item in source.segments if item.name]
        return any(life.changed for life in lives) or self._changes.autoflush.reaches(source, read)


def _calls(source: Source) -> Iterator[tuple[Segment, Call]]:
    """The calls on the way from a source to its read, also from when the session first had the object."""
    for segment in (*source.segments, *source.earlier):
        for call in segment.function.calls:
            if segment.start <= call.node.start_byte < segment.end:
                yield segment, call


def _binds(loop: Node, name: str) -> bool:
    """Whether a loop or a comprehension gives its elements that name."""
    clauses = [loop, *(item for item in loop.named_children if item.type == "for_in_clause")]
    left = [node for item in clauses if (node := item.child_by_field_name("left")) is not None]
    return any(text_of(part) == name for node in left for part in walk(node))
