"""Reads of what an earlier read loaded: they show what that one saw, and what was changed in memory since.

`author.books.append(book)`, then `len(author.books)`: the second loads nothing, in sync code or in async code."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tree_sitter import Node

from awaitify.analysis.loading.choice import Options
from awaitify.analysis.loading.context import Context
from awaitify.analysis.loading.names import last_name
from awaitify.analysis.loading.reads import Read
from awaitify.analysis.loading.types import Types, statement_of
from awaitify.project.index import Call, ancestors, text_of

EXPIRES = {"refresh", "expire", "expire_all", "rollback", "expunge", "expunge_all", "close", "merge"}
OF_VALUES = {"len", "sorted", "list", "set", "any", "all", "sum", "max", "min", "str", "print", "isinstance"}
OF_LISTS = {"append", "add", "remove", "discard", "extend", "insert", "pop", "clear", "index", "count"}
LOOPS = ("for_statement", "while_statement")
UNSURE = ("conditional_expression", "boolean_operator", "lambda", "elif_clause")


def first_reads(reads: list[Read], options: Options, context: Context) -> list[Read]:
    """The reads that may load something."""
    if context.types.keeps:
        return list(_first_reads(reads, options, context))
    plain = [read for read in reads if context.relationship(read) is not None and not read.via]
    return [read for read in reads if read not in plain or not _is_repeat(read, plain, context.types)]


def _is_repeat(read: Read, reads: Sequence[Read], types: Types) -> bool:
    """Whether another one has run before, and nothing since then may have expired the object, or given it others."""
    if f"{text_of(read.node)} = " in text_of(statement_of(read.node)):
        return False
    earlier = [item for item in reads if _comes_before(item, read, types) and _is_certain(item, read)]
    return any(all(_leaves(call, read, types) for call in _between(item, read)) for item in earlier)


def _between(earlier: Read, read: Read) -> list[Call]:
    start, end = _stretch(earlier, read)
    return [call for call in read.function.calls if start < call.node.end_byte and call.node.start_byte < end]


def _stretch(earlier: Read, read: Read) -> tuple[int, int]:
    """(start, end) of the code that may run after one read and before the other: all of a loop in which that is done
    once more."""
    loops = [item for item in ancestors(read.node) if item.type in LOOPS and earlier.node.start_byte < item.start_byte]
    return earlier.node.end_byte, max([item.end_byte for item in loops], default=read.node.start_byte)


def _leaves(call: Call, read: Read, types: Types) -> bool:
    """Whether a call leaves what is loaded as it is: of a built-in, of a mapped class, or of the collection itself."""
    made = types.class_called(read.function, call.callee)
    if (made is not None and made.id in types.mapping.classes) or text_of(call.callee) in OF_VALUES:
        return True
    receiver = call.callee.child_by_field_name("object") if call.callee.type == "attribute" else None
    return receiver is not None and text_of(receiver) == text_of(read.node) and last_name(call.node) in OF_LISTS


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
    one, other = earlier.receiver, read.receiver
    if one is None or other is None or earlier.function is not read.function:
        return False
    if earlier.node.end_byte > read.node.start_byte:
        return False
    start, end = _stretch(earlier, read)
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
