"""Continuation lines that stood under their bracket stand under it again when the bracket has moved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tree_sitter import Node

from awaitify.formatting.pieces import parser

OPENING, CLOSING = "([{", ")]}"


@dataclass(frozen=True, slots=True)
class Line:
    """Where a continuation line begins, in columns; under: the column after its innermost bracket, if text follows that
    on the line; None inside a string."""

    indent: int
    under: int | None


def realigned(old: Sequence[str], new: Sequence[str]) -> list[str]:
    """The lines of a statement, indented below their brackets where those of its former text were. Both texts have one
    line for each line of the other, else nothing moves."""
    result = list(new)
    was = _lines(old)
    if len(old) != len(new) or len(old) < 2 or len(was) != len(old):
        return result
    for number in range(1, len(new)):
        now = _lines(result)
        if number >= len(now):
            break
        before, after = was[number], now[number]
        if before.under is not None and before.indent == before.under and after.under is not None:
            result[number] = " " * after.under + result[number].lstrip(" ")
    return result


def _lines(lines: Sequence[str]) -> list[Line]:
    """One entry for each line."""
    strings = _string_parts("".join(lines))
    found: list[Line] = []
    stack: list[int | None] = []
    for row, line in enumerate(lines):
        indent = len(line) - len(line.lstrip(" "))
        inside = any(first < row <= last for first, _, last, _ in strings)
        found.append(Line(indent, None if inside or not stack else stack[-1]))
        for column, char in enumerate(line):
            if _in_string(strings, row, column):
                continue
            if char == "#":
                break
            if char in OPENING:
                rest = line[column + 1 :].strip()
                stack.append(column + 1 if rest and not rest.startswith("#") else None)
            elif char in CLOSING and stack:
                stack.pop()
    return found


def _string_parts(text: str) -> list[tuple[int, int, int, int]]:
    """First row and column, last row and column of each string, in characters."""
    rows = text.split("\n")

    def at(point: tuple[int, int]) -> tuple[int, int]:
        return point[0], len(rows[point[0]].encode()[: point[1]].decode(errors="ignore"))

    found: list[tuple[int, int, int, int]] = []

    def walk(node: Node) -> None:
        if node.type == "string":
            found.append((*at(node.start_point), *at(node.end_point)))
            return
        for child in node.children:
            walk(child)

    walk(parser().parse(text.encode()).root_node)
    return found


def _in_string(strings: list[tuple[int, int, int, int]], row: int, column: int) -> bool:
    return any((first, start) <= (row, column) < (last, end) for first, start, last, end in strings)
