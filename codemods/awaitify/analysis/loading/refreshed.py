"""What a refresh by name has loaded: reads after it need no other, be it there already or planned."""

from __future__ import annotations

from tree_sitter import Node

from awaitify.analysis.loading.changes import Changes
from awaitify.analysis.loading.life import dominates, refreshed_names, refreshed_whole
from awaitify.analysis.loading.names import last_name, positional
from awaitify.analysis.loading.reads import Read
from awaitify.analysis.loading.staleness import Memo, commits
from awaitify.analysis.loading.steps import Segment, Source
from awaitify.analysis.loading.trace import loop_end
from awaitify.analysis.loading.types import Types, statement_of
from awaitify.analysis.mapping.model import Relationship
from awaitify.project.index import Call, Function, text_of


class Refreshed:
    """Asks what happens to an object between a refresh and a read."""

    def __init__(self, types: Types, changes: Changes):
        self.types, self.changes = types, changes
        self.memo: Memo = {}

    def is_there(self, read: Read) -> bool:
        """Whether the code itself has a refresh that names the attribute, and serves the read."""
        if read.receiver is None or read.receiver.type != "identifier" or read.path:
            return False
        for call in read.function.calls:
            arguments = positional(call.node)
            if last_name(call.node) != "refresh" or not arguments or read.attr not in refreshed_names(call.node):
                continue
            place = _guard(call.node, text_of(arguments[0]))
            if self.covers(Read(read.function, read.cls, read.attr, place, arguments[0]), read):
                return True
        return False

    def covers(self, earlier: Read, later: Read) -> bool:
        """Whether the refresh before one read serves another of the same attribute too: not where the object is
        refreshed as a whole in between, which unloads its relationships, nor where a commit followed a change of what
        is read."""
        if earlier.function is not later.function or earlier.attr != later.attr:
            return False
        if earlier.receiver is None or later.receiver is None or later.path:
            return False
        name = text_of(earlier.receiver)
        if name != text_of(later.receiver) or earlier.node.start_byte > later.node.start_byte:
            return False
        first, last = statement_of(earlier.node), statement_of(later.node)
        until = max(last.start_byte, loop_end(later.node, earlier.node))
        function, between = later.function, range(earlier.node.end_byte, until)
        if any(right.start_byte in between for _, right in self.types.bindings(function).get(name, [])):
            return False
        if any(call.node.start_byte in between and _unloads(call, name) for call in function.calls):
            return False
        relationship = self.types.mapping.classes[later.cls].relationships.get(later.attr)
        if relationship is not None and self._is_stale(function, name, relationship, range(first.start_byte, until)):
            return False
        return first.id == last.id or dominates(earlier.node, later.node)

    def _is_stale(self, function: Function, name: str, relationship: Relationship, between: range) -> bool:
        """Whether the members change, and a commit comes after that: the sync session reads them anew then."""
        commits = [call.node for call in function.calls
                   if call.node.start_byte in between and self._commits(function, call)]  # fmt: skip
        if not commits:
            return False
        end = max(node.end_byte for node in commits)
        before = Segment(function, between.start, end, name)
        return self.changes.between(Source("get", function, commits[-1], segments=(before,)), relationship)

    def _commits(self, function: Function, call: Call) -> bool:
        return commits(function, call, self.types, self.memo)


def _guard(node: Node, name: str) -> Node:
    """The `if name is not None:` that holds this call alone, else the call: for None nothing is read."""
    block = statement_of(node).parent
    holder = block.parent if block is not None and len(block.named_children) == 1 else None
    condition = (
        holder.child_by_field_name("condition") if holder is not None and holder.type == "if_statement" else None
    )
    is_guard = condition is not None and text_of(condition) in (name, f"{name} is not None")
    return holder if holder is not None and is_guard else node


def _unloads(call: Call, name: str) -> bool:
    """`db.refresh(name)`, `db.expire(name)`, `db.expire_all()`."""
    given = refreshed_whole(call.node)
    return last_name(call.node) == "expire_all" or (given is not None and text_of(given) == name)
