"""The pieces of a source that are laid out one by one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import tree_sitter_python
from tree_sitter import Language, Node, Parser

#: Nodes that hold statements, and those whose first lines (up to the colon) are a piece of their own.
CONTAINERS = ("module", "block")
COMPOUND = {
    "if_statement",
    "for_statement",
    "while_statement",
    "with_statement",
    "try_statement",
    "match_statement",
    "function_definition",
    "class_definition",
    "elif_clause",
    "except_clause",
}


@dataclass(frozen=True, slots=True)
class Piece:
    """A simple statement, a decorator, or the head of a compound statement: whole lines, first and end (exclusive)."""

    kind: str
    first: int
    end: int


@cache
def parser() -> Parser:
    return Parser(Language(tree_sitter_python.language()))


def pieces_of(source: bytes) -> list[Piece]:
    """The pieces in the order of their lines, without those that share a line with another."""
    found = sorted(_walk(parser().parse(source).root_node), key=lambda piece: (piece.first, piece.end))
    return [
        piece
        for number, piece in enumerate(found)
        if (number == 0 or found[number - 1].end <= piece.first)
        and (number + 1 == len(found) or piece.end <= found[number + 1].first)
    ]


def _walk(node: Node) -> Iterator[Piece]:
    for child in node.children:
        if child.type in COMPOUND:
            head = _head_end(child)
            yield Piece(child.type, child.start_point.row, (head or child).end_point.row + 1)
            yield from _walk(child)
        elif child.type in ("block", "decorated_definition", "else_clause", "finally_clause", "case_clause"):
            yield from _walk(child)
        elif child.type == "decorator" or (node.type in CONTAINERS and child.is_named and child.type != "comment"):
            yield Piece(child.type, child.start_point.row, child.end_point.row + 1)


def _head_end(node: Node) -> Node | None:
    """The colon that ends the head of a compound statement."""
    colons = [child for child in node.children if child.type == ":"]
    return colons[0] if colons else None
