"""Reads of what an earlier read loaded, in sessions that keep that on a commit: they show what that one saw."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tree_sitter import Node

from awaitify.analysis.loading.choice import Options
from awaitify.analysis.loading.context import Context
from awaitify.analysis.loading.names import last_name
from awaitify.analysis.loading.reads import Read
from awaitify.analysis.loading.types import Types, statement_of
from awaitify.project.index import ancestors, text_of

EXPIRES = {"refresh", "expire", "expire_all", "rollback", "expunge", "expunge_all", "close", "merge"}
UNSURE = ("conditional_expression", "boolean_operator", "lambda", "elif_clause")


def first_reads(reads: list[Read], options: Options, context: Context) -> list[Read]:
    """The reads that may load something: all, unless sessions keep what they loaded."""
    return list(_first_reads(reads, options, context)) if context.types.keeps else reads


def _first_reads(reads: Sequence[Read], options: Options, context: Context) -> Iterator[Read]:
    """Refuses those where only some of the ways there have loaded it before."""
    for read in reads:
        earlier = [item for item in reads if _comes_before(item, read, context.types)]
        if any(_is_certain(item, read) for item in earlier):
            continue
        if earlier and _may_change(read, options, context):
            why = "may be loaded before its rows change, or not: a commit keeps it"
            context.refuse(read.function, read.node, f"{text_of(read.node)} {why}")
        yield read


def _may_change(read: Read, options: Options, context: Context) -> bool:
    relationship = context.relationship(read)
    return relationship is not None and any(
        options.changes.between(source, relationship) for source in options.sources(read)
    )


def _comes_before(earlier: Read, read: Read, types: Types) -> bool:
    """Whether a read of the same attribute of the same name stands before, and nothing between them ends its effect."""
    one, other, start, end = earlier.receiver, read.receiver, earlier.node.end_byte, read.node.start_byte
    if one is None or other is None or earlier.function is not read.function or start > end:
        return False
    if (earlier.attr, earlier.path, text_of(one)) != (read.attr, read.path, text_of(other)):
        return False
    bound = [right for _, right in types.bindings(read.function).get(text_of(other), [])]
    ends = [call.node for call in read.function.calls if last_name(call.node) in EXPIRES]
    return other.type == "identifier" and not any(start <= node.start_byte < end for node in [*bound, *ends])


def _is_certain(earlier: Read, read: Read) -> bool:
    """Whether the earlier read is always done before."""
    statement = statement_of(earlier.node)
    inside = [item for item in ancestors(earlier.node) if item.start_byte > statement.start_byte or item == statement]
    if any(item.type in UNSURE or _is_repeated(item, earlier.node) for item in inside):
        return False
    return any(item == statement.parent for item in ancestors(read.node))


def _is_repeated(item: Node, node: Node) -> bool:
    """Whether a node stands in what a comprehension does for each element, not in what it goes through first."""
    if not item.type.endswith("comprehension") and item.type != "generator_expression":
        return False
    first = next((child for child in item.named_children if child.type == "for_in_clause"), None)
    through = first.child_by_field_name("right") if first is not None else None
    return through is None or not through.start_byte <= node.start_byte < through.end_byte
