"""Where an expression stands: what is around it, and whether it is evaluated once."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from awaitify.project.nodes import ancestors, is_within, span_of

COMPREHENSIONS = ("list_comprehension", "set_comprehension", "dictionary_comprehension", "generator_expression")


def around(node: Node) -> Iterator[Node]:
    """The expressions that a node stands in, inmost first; the last one may be a statement without a block in between
    (`for x in f(): ...`)."""
    for item in ancestors(node):
        if item.type in ("block", "module", "function_definition", "class_definition"):
            return
        yield item


def is_first_iterable(node: Node, comprehension: Node) -> bool:
    """Whether a node lies in what a comprehension goes through first, which is evaluated once and outside of it."""
    clause = next((child for child in comprehension.named_children if child.type == "for_in_clause"), None)
    right = clause.child_by_field_name("right") if clause is not None else None
    return right is not None and is_within(node, right)


def span_of_word(statement: Node, word: str) -> tuple[int, int]:
    """The bytes of a keyword of a statement or a clause."""
    return span_of(next(child for child in statement.children if child.type == word))
