"""`with` statements that flush or commit as they end: `with db.begin():`, a unit of work whose `__exit__` commits.

No call shows that place. What is read after it is read after a flush, and so is what is returned from inside."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from awaitify.analysis.loading.names import last_name, positional
from awaitify.analysis.loading.steps import Segment, Source
from awaitify.project.index import Function, ancestors, text_of

#: id of a function -> its `with` statements that flush as they end.
Endings = dict[str, list[Node]]


def ending_after(endings: Endings, function: Function, after: int) -> Node | None:
    """The first of these statements that ends after an offset of the function, by its end."""
    found = [node for node in endings.get(function.id, ()) if node.end_byte >= after]
    return min(found, key=lambda node: node.end_byte, default=None)


def comes_after(node: Node, flush: Node) -> bool:
    """Whether something is read after a flush: where that is the end of a `with`, also what is returned inside."""
    return node.start_byte >= flush.end_byte or (flush.type == "with_statement" and _is_returned(node, flush))


def passed_by(endings: Endings, source: Source) -> Iterator[tuple[Function, Node]]:
    """The ends of `with` statements that an object lives through before it is read."""
    for segment in source.segments:
        for node in endings.get(segment.function.id, ()):
            if segment.start < node.end_byte and _is_needed_after(segment, node):
                yield segment.function, node


def _is_needed_after(segment: Segment, flush: Node) -> bool:
    if segment.end < flush.end_byte:
        at = segment.function.file.root.descendant_for_byte_range(segment.end, segment.end)
        return at is not None and _is_returned(at, flush)
    calls = (call for call in segment.function.calls if flush.end_byte <= call.node.start_byte < segment.end)
    return not any(
        last_name(call.node) == "refresh" and any(text_of(item) == segment.name for item in positional(call.node)[:1])
        for call in calls
    )


def _is_returned(node: Node, flush: Node) -> bool:
    """Whether a node stands in a `return` inside a statement."""
    if not flush.start_byte <= node.start_byte < flush.end_byte:
        return False
    return any(item.type == "return_statement" for item in (node, *ancestors(node)))
