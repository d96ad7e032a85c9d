"""Wrappers that look for one argument by its class: `[arg for arg in args if isinstance(arg, Request)]`."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from tree_sitter import Node

from awaitify.analysis.pieces import may_be_mapped
from awaitify.project.index import Function, ancestors, text_of

if TYPE_CHECKING:
    from awaitify.analysis.effects import Effects

#: Classes of libraries that mapped classes derive from, or that say nothing of a class.
WIDE = ("pydantic.", "sqlmodel.", "sqlalchemy.", "builtins.object", "typing.", "collections.abc.", "abc.")
LOOPS = ("for_in_clause", "for_statement")


def picks_others(use: Node, wrapper: Function, effects: Effects) -> bool:
    """Whether a use of `args` or `kwargs` goes through all values, and reads those alone that are of classes which are
    not mapped."""
    over = use
    call = use.parent.parent if use.parent is not None and use.parent.type == "attribute" else None
    if call is not None and text_of(call) == f"{text_of(use)}.values()":
        over = call
    loop = over.parent
    if loop is None or loop.type not in LOOPS or loop.child_by_field_name("right") != over or loop.parent is None:
        return False
    left = loop.child_by_field_name("left")
    if left is None or left.type != "identifier":
        return False
    whole = loop if loop.type == "for_statement" else loop.parent
    named = [node for node in wrapper.file.named(text_of(left)) if node != left and whole in ancestors(node)]
    return bool(named) and all(_is_told(node, whole, wrapper, effects) for node in named)


def _is_told(node: Node, whole: Node, wrapper: Function, effects: Effects) -> bool:
    """Whether a use of the loop's name asks for its class, or stands where that class is known."""
    parent = node.parent
    if parent is not None and parent.parent is not None and _asked(parent.parent, node, wrapper, effects):
        return True
    if whole.child_by_field_name("body") == node:
        clauses = [item.named_children[0] for item in whole.named_children if item.type == "if_clause"]
        return any(_asked(item, node, wrapper, effects) for item in clauses)
    around = [node, *ancestors(node)]
    return any(
        outer.type == "if_statement"
        and outer.child_by_field_name("consequence") == inner
        and _asked(outer.child_by_field_name("condition"), node, wrapper, effects)
        for inner, outer in pairwise(around)
    )


def _asked(condition: Node | None, node: Node, wrapper: Function, effects: Effects) -> bool:
    """`isinstance(name, C)` for a class that is not mapped, nor a base of one that is."""
    if condition is None or condition.type != "call" or text_of(condition.named_children[0]) != "isinstance":
        return False
    arguments = condition.named_children[-1].named_children
    if len(arguments) != 2 or text_of(arguments[0]) != text_of(node):
        return False
    cls = effects.resolution.class_meant(wrapper.file, arguments[1])
    names = {target.name for target in effects.resolution.definition(wrapper.file, arguments[1])}
    names |= {cls.id} if cls is not None else set()
    return bool(names) and not any(name.startswith(WIDE) or may_be_mapped(name, effects.mapping) for name in names)
