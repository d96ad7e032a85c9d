"""Queries that flush what was added before them (`autoflush=True`, the default of a session): a new object is a
persistent one from then on, and a relationship that it was not given is loaded by the read."""

from __future__ import annotations

from tree_sitter import Node

from awaitify.analysis.loading.names import last_name, loops_around, positional
from awaitify.analysis.loading.narrow import loading_session
from awaitify.analysis.loading.reads import Read
from awaitify.analysis.loading.session_settings import flushes_by_itself
from awaitify.analysis.loading.steps import Segment, Source
from awaitify.analysis.loading.types import Types
from awaitify.project.index import Function, text_of

ADDS = {"add", "add_all", "append", "extend", "insert", "merge"}
GETS = {"get", "get_one"}


class Autoflush:
    """is_on: whether a session of the project may flush by itself."""

    def __init__(self, types: Types):
        self.types = types
        self.is_on = flushes_by_itself(types.project)
        self.memo: dict[str, bool] = {}
        self.adding: dict[str, bool] = {}

    def reaches(self, source: Source, read: Read | None = None) -> bool:
        """Whether a query may have flushed a new object before it is read."""
        if not self.is_on:
            return False
        added = False
        for number, segment in enumerate(reversed(source.segments)):
            is_last = number == len(source.segments) - 1
            for node in self._calls(segment, read if is_last else None):
                if self._adds(segment.function, node):
                    added = True
                if added and self._queries(segment.function, node):
                    return True
            added = added or not is_last  # a function that makes an object most often adds it
        return False

    def _calls(self, segment: Segment, read: Read | None) -> list[Node]:
        """The calls of a stretch, in order; what a loop around the read comes to again counts too."""
        end = segment.end
        if read is not None and read.function is segment.function:
            end = max([end, *(loop.end_byte for loop in loops_around(read.node) if loop.start_byte > segment.start)])
        calls = [call.node for call in segment.function.calls]
        return sorted(
            (node for node in calls if segment.start <= node.start_byte < end), key=lambda node: node.end_byte
        )

    def _adds(self, function: Function, node: Node) -> bool:
        """Whether a call may add objects to a session, itself or through functions of the project."""
        if last_name(node) in ADDS:
            return True
        return self.types.is_told(function, node) and any(
            self._has_add(callee) for callee in self.types.callees(function, node)
        )

    def _has_add(self, function: Function) -> bool:
        if function.id not in self.adding:
            self.adding[function.id] = False
            self.adding[function.id] = any(self._adds(function, call.node) for call in function.calls)
        return self.adding[function.id]

    def _queries(self, function: Function, node: Node) -> bool:
        """Whether a call sends a query, itself or through functions of the project."""
        if self.types.is_told(function, node):
            return any(self._has_query(callee) for callee in self.types.callees(function, node))
        if last_name(node) in GETS:
            given = positional(node)
            return bool(given) and self.types.mapping.names.find(function.file, text_of(given[0])) is not None
        return loading_session(node) is not None

    def _has_query(self, function: Function) -> bool:
        if function.id not in self.memo:
            self.memo[function.id] = False
            self.memo[function.id] = any(self._queries(function, call.node) for call in function.calls)
        return self.memo[function.id]
