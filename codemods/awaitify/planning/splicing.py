"""Source text with parts replaced."""

from __future__ import annotations

from tree_sitter import Node

from awaitify.project.index import File

#: (bytes from, to) -> what stands there afterwards.
Splice = tuple[tuple[int, int], str]


def spliced_code(file: File, whole: Node, splices: list[Splice]) -> str:
    """The dedented source of a node with parts replaced."""
    base = whole.start_byte
    text = file.source.text[base : whole.end_byte]
    for (start, end), new in sorted(splices, reverse=True):
        text = text[: start - base] + new.encode() + text[end - base :]
    prefix = " " * whole.start_point[1]
    return "\n".join(line.removeprefix(prefix) for line in text.decode().split("\n"))
