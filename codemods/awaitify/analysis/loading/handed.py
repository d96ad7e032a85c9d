"""The refresh of an object right before it is handed to the function that reads it: `to_schema(user)` of a `get`."""

from __future__ import annotations

import re

from tree_sitter import Node

from awaitify.analysis.loading.changes import CHANGES
from awaitify.analysis.loading.flushing import FLUSHES
from awaitify.analysis.loading.names import last_name
from awaitify.analysis.loading.narrow import CONDITIONAL, LATER, between
from awaitify.analysis.loading.reads import Read
from awaitify.analysis.loading.steps import Source, Use
from awaitify.analysis.loading.types import Types, statement_of
from awaitify.project.index import Function, text_of


class Handed:
    """Finds the places where callers hand an object over. A refresh there must not undo what is not flushed yet."""

    def __init__(self, types: Types):
        self.types = types
        self.memo: dict[tuple[str, str], bool] = {}

    def places(self, read: Read, source: Source) -> list[Read]:
        """The read as it looks from there, nearest first."""
        if read.path or source.path or any(self._is_changed_on_the_way(source, use, read.attr) for use in source.uses):
            return []
        uses = [use for use in source.uses if not use.path and use.function is not read.function]
        via = read.via or text_of(read.node)
        return [
            Read(use.function, read.cls, read.attr, use.at, use.name, via=via)
            for use in uses
            if not {item.type for item in between(use.at)} & (LATER | CONDITIONAL)
        ]

    def _is_changed_on_the_way(self, source: Source, use: Use, attr: str) -> bool:
        """Whether the relationship may have been changed before this place, and not been flushed."""
        handing = {other.function.id for other in source.uses}
        deeper = {item.function.id: item.function for item in source.segments if item.function.id not in handing}
        is_deeper = any(self._changes(function, attr) for function in deeper.values())
        return is_deeper or self._is_changed_before(use, attr)

    def _is_changed_before(self, use: Use, attr: str) -> bool:
        """Whether the function itself may have changed it, without a flush after that on every way."""
        function = use.function
        calls = [call for call in function.calls if call.node.end_byte <= use.at.start_byte]
        flushes = [call.node for call in calls if last_name(call.node) in FLUSHES]
        text, begin = function.node.text or b"", function.node.start_byte
        before = text[: use.at.start_byte - begin]
        places = [begin + match.start() for match in re.finditer(rf"\.{attr}\b{CHANGES}".encode(), before)]
        places += [call.node.start_byte for call in calls
                   if any(self._changes(item, attr) for item in self._callees(function, call.node))]  # fmt: skip
        return not all(any(_comes_after(flush, place) for flush in flushes) for place in places)

    def _callees(self, function: Function, node: Node) -> list[Function]:
        return self.types.callees(function, node) if self.types.is_told(function, node) else []

    def _changes(self, function: Function, attr: str) -> bool:
        """Whether a function changes an attribute of this name, itself or through what it calls."""
        key = (function.id, attr)
        if key not in self.memo:
            self.memo[key] = False
            own = re.search(rf"\.{attr}\b{CHANGES}", text_of(function.node)) is not None
            self.memo[key] = own or any(
                self._changes(item, attr) for call in function.calls for item in self._callees(function, call.node)
            )
        return self.memo[key]


def _comes_after(flush: Node, place: int) -> bool:
    """Whether what is at this offset goes on to a later flush, in its own block or one around it."""
    block = statement_of(flush).parent
    return place < flush.start_byte and block is not None and block.start_byte <= place
