"""Source text with parts replaced."""

from __future__ import annotations

from tree_sitter import Node

from awaitify.project.expressions import outdented
from awaitify.project.index import File

#: (bytes from, to) -> what stands there afterwards.
Splice = tuple[tuple[int, int], str]


def spliced_code(file: File, whole: Node, splices: list[Splice]) -> str:
    """The source of a node with parts replaced, as code for an edit."""
    return outdented(whole, spliced_text(file, whole, splices))


def spliced_text(file: File, whole: Node, splices: list[Splice]) -> str:
    """The same as it would stand in the file: for a splice of something around it."""
    base = whole.start_byte
    text = file.source.text[base : whole.end_byte]
    for (start, end), new in sorted(splices, reverse=True):
        text = text[: start - base] + new.encode() + text[end - base :]
    return text.decode()


def whole_lines(file: File, statement: Node) -> tuple[int, int]:
    """(start, end) of the lines that a statement stands on, the end of the last one included."""
    text = file.source.text
    end = text.find(b"\n", statement.end_byte)
    return text.rfind(b"\n", 0, statement.start_byte) + 1, end + 1 if end >= 0 else len(text)
