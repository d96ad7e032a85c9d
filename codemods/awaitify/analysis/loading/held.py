"""Whether what was left along a collection is still there when its members are read: the identity map is a weak one.

`for tag in item.tags: tag.item` finds the item. `tags = db.get(Item, key).tags`, then `tags[0].item`, queries it anew.
"""

from __future__ import annotations

from tree_sitter import Node

from awaitify.analysis.loading.names import walk
from awaitify.analysis.loading.reads import Read
from awaitify.analysis.loading.steps import Source, Use
from awaitify.project.index import ancestors, is_within, text_of

#: What hands on what stands in it.
VALUES = (
    "parenthesized_expression", "conditional_expression", "boolean_operator", "await", "dictionary", "pair", "list",
    "tuple", "expression_list",
)  # fmt: skip
LOOPS = (
    "for_statement", "list_comprehension", "set_comprehension", "dictionary_comprehension", "generator_expression",
)  # fmt: skip


def is_owner_held(source: Source, read: Read) -> bool:
    """Whether something holds the owner of the collection that an object came from: what a schema was given, or a name
    of the function that reads, or of one that called it."""
    if read.path or not source.path:
        return True
    holding = [use for use in source.uses if use.path == source.path[-1:]]
    inside = {segment.function.id for segment in source.segments}
    return not is_read_later(read) and any(
        _is_bound_still(use, read) if use.function is read.function else use.function.id in inside and _is_passed(use)
        for use in holding
    )


def _is_bound_still(use: Use, read: Read) -> bool:
    """Whether a name holds the same object when the read comes: that of a loop does inside the loop."""
    name = text_of(use.name)
    loops = [item for item in ancestors(use.name) if item.type in LOOPS and _binds(item, name)]
    return all(is_within(read.node, loop) for loop in loops)


def _binds(loop: Node, name: str) -> bool:
    clauses = [loop, *(item for item in loop.named_children if item.type == "for_in_clause")]
    bound = [left for item in clauses if (left := item.child_by_field_name("left")) is not None]
    return any(text_of(item) == name for left in bound for item in walk(left))


def _is_passed(use: Use) -> bool:
    """Whether a call gets what the name leads to: the caller waits for it."""
    return use.at.type == "call"


def is_read_later(read: Read) -> bool:
    """Whether a response model reads what a function has returned: its names are gone by then."""
    around = next((item for item in ancestors(read.node) if item.type not in VALUES), None)
    return bool(read.via) and around is not None and around.type == "return_statement"
