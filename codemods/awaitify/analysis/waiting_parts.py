"""Parts of an expression that wait, where the rest moves into a lambda: they go before it, under names of their own."""

from __future__ import annotations

import builtins
from collections.abc import Iterator, Sequence
from itertools import chain, count

from tree_sitter import Node

from awaitify.analysis.loading.names import walk
from awaitify.project.expressions import COMPREHENSIONS
from awaitify.project.index import Function, is_label, text_of

#: What they are called.
NAMES = ("found", "other", "third")


def statement_of(node: Node) -> Node | None:
    """The statement that evaluates nothing before an expression: `return x`, `a = x`, `x`."""
    outer = node.parent
    if outer is not None and outer.type == "assignment" and outer.child_by_field_name("right") == node:
        outer = outer.parent
    return outer if outer is not None and outer.type in ("return_statement", "expression_statement") else None


def names_of(parts: Sequence[Node], function: Function) -> Iterator[str]:
    """What parts are called before a statement: names that the function does not use."""
    words = {text_of(item) for item in walk(function.node) if item.type == "identifier" and not is_label(item)}
    spare = (name for name in chain(NAMES, (f"{NAMES[0]}_{n}" for n in count(2))) if name not in words)
    for part in parts:
        outer = part.parent
        keyword = outer.child_by_field_name("name") if outer is not None and outer.type == "keyword_argument" else None
        name = text_of(keyword) if keyword is not None else "context" if part.type == "dictionary" else ""
        yield name if name and name not in words and not hasattr(builtins, name) else next(spare)
        words.add(name)


def may_follow(parts: Sequence[Node], hoisted: Sequence[Node]) -> bool:
    """Whether parts that stand before others mean the same behind them: no call, nothing of what those are about."""
    names = {text_of(item) for part in hoisted for item in walk(part) if item.type == "identifier"} - {"self", "cls"}
    inside = [item for part in parts if part not in hoisted for item in walk(part)]
    roots = [item.named_children[0] for item in inside if item.type in ("attribute", "subscript")]
    return not any(item.type == "call" for item in inside) and not any(text_of(item) in names for item in roots)


def parts_of(node: Node) -> Iterator[Node]:
    """What an expression takes first, in this order: the object of a method and arguments, or what is gone through."""
    if node.type in COMPREHENSIONS:
        clause = next((item for item in node.named_children if item.type == "for_in_clause"), None)
        right = clause.child_by_field_name("right") if clause is not None else None
        yield from [right] if right is not None else []
    callee = node.child_by_field_name("function") if node.type == "call" else None
    owner = callee.child_by_field_name("object") if callee is not None and callee.type == "attribute" else None
    yield from [owner] if owner is not None else []
    arguments = node.child_by_field_name("arguments") if callee is not None else None
    for item in arguments.named_children if arguments is not None and arguments.type == "argument_list" else ():
        value = item.child_by_field_name("value") if item.type == "keyword_argument" else item
        if value is not None and item.type not in ("list_splat", "dictionary_splat", "comment"):
            yield value
