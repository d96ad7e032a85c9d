"""Black on what was touched, and only where the project's own code was already stable under Black."""

from __future__ import annotations

import re
import textwrap
from dataclasses import replace

import black
from black.parsing import InvalidInput
from black.report import NothingChanged

from awaitify.formatting.hunks import Hunk, hunks_of
from awaitify.formatting.pieces import COMPOUND, Piece, pieces_of
from awaitify.formatting.quotes import follow_quotes, is_single_quoted
from awaitify.formatting.settings import BlackSettings
from awaitify.formatting.spacing import spaced
from awaitify.formatting.visual import realigned
from awaitify.pragmas import keep_ending, keep_pragma

#: What must stand around a piece so that Black can read it.
AROUND = {
    "elif_clause": ("if 0:\n    pass\n", "\n    pass\n"),
    "except_clause": ("try:\n    pass\n", "\n    pass\n"),
    "try_statement": ("", "\n    pass\nfinally:\n    pass\n"),
    "match_statement": ("", "\n    case _:\n        pass\n"),
    "decorator": ("", "\ndef f():\n    pass\n"),
}


def format_touched(before: bytes, after: bytes, settings: BlackSettings) -> bytes:
    """after, with Black's layout for the statements that differ from before and that were stable under Black there.

    New statements are laid out too, but for a copy of one that was not stable; every other line stays as it is. Both
    texts are UTF-8.
    """
    if before == after:
        return after
    after = spaced(before, follow_quotes(before, after))
    # Lines of bytes, since str.splitlines would also break at form feeds.
    old = [line.decode("utf-8") for line in before.splitlines(keepends=True)]
    new = [line.decode("utf-8") for line in after.splitlines(keepends=True)]
    if is_single_quoted(before):
        settings = replace(settings, string_normalization=False)
    former = Former(old, pieces_of(before))
    hunks, new_pieces = hunks_of(old, new), pieces_of(after)
    result = list(new)
    for piece in reversed(new_pieces):
        lines = new[piece.first : piece.end]
        origins = former.origins(piece, lines, hunks, new_pieces)
        if origins is None or _is_short(piece, new, origins, settings):
            continue
        was = "".join(map(former.text, origins))
        new[piece.first : piece.end] = lines = keep_ending(was, lines)
        if all(formatted(origin, old, settings) == former.text(origin) for origin in origins):
            text = formatted(piece, new, settings)
            lines = [keep_pragma(was, text)] if text is not None else lines
        elif len(origins) == 1:
            lines = realigned(old[origins[0].first : origins[0].end], lines)
        result[piece.first : piece.end] = lines
    return "".join(result).encode("utf-8")


class Former:
    """The pieces of the text before: by what they are, and by what they say."""

    def __init__(self, lines: list[str], pieces: list[Piece]):
        self.lines, self.pieces = lines, pieces
        self.texts = {textwrap.dedent(self.text(piece)) for piece in pieces}
        self.alike: dict[tuple[str, str], Piece] = {}
        for piece in pieces:
            self.alike.setdefault((piece.kind, _essence(self.text(piece))), piece)

    def text(self, piece: Piece) -> str:
        """The lines of a piece."""
        return "".join(self.lines[piece.first : piece.end])

    def origins(self, piece: Piece, lines: list[str], hunks: list[Hunk], new: list[Piece]) -> list[Piece] | None:
        """The original pieces of a touched one (none: it is new), or None when it was not touched.

        What is the same but for async and await is the original, wherever it stands: a twin is a copy."""
        text = "".join(lines)
        found = _origins(piece, hunks, self.pieces, new)
        if found is None or textwrap.dedent(text) in self.texts:
            return None
        alike = self.alike.get((piece.kind, _essence(text)))
        return [alike] if alike is not None else found


def _essence(text: str) -> str:
    """A text without what a conversion adds to it."""
    return re.sub("async|await", "", re.sub(r"[\W_]", "", text.lower()))


def _overlapping(pieces: list[Piece], first: int, end: int) -> list[Piece]:
    return [piece for piece in pieces if piece.first < end and first < piece.end]


def _origins(piece: Piece, hunks: list[Hunk], old: list[Piece], new: list[Piece]) -> list[Piece] | None:
    """The original pieces of a touched one (none: it is new), or None when it was not touched."""
    mine = [hunk for hunk in hunks if piece.first < hunk[3] and hunk[2] < piece.end]
    if not mine:
        return None
    result: list[Piece] = []
    for first, end, new_first, new_end in mine:
        was, now = _overlapping(old, first, end), _overlapping(new, new_first, new_end)
        result += [was[now.index(piece)]] if len(was) == len(now) else was
    return result


def _is_short(piece: Piece, new: list[str], origins: list[Piece], settings: BlackSettings) -> bool:
    """Whether nothing can have to be broken or joined: one line that fits, and was one line."""
    line = new[piece.first].rstrip("\r\n")
    lines = [piece, *origins]
    return bool(origins) and all(p.end - p.first == 1 for p in lines) and len(line) <= settings.line_length


def formatted(piece: Piece, lines: list[str], settings: BlackSettings) -> str | None:
    """The piece's lines as Black has them, at their indentation; None when Black cannot say."""
    text = "".join(lines[piece.first : piece.end])
    indent = text[: len(text) - len(text.lstrip())]
    newline = "\r\n" if text.endswith("\r\n") else "\n"
    if "\t" in indent or len(indent) % 4:
        return None
    body = textwrap.dedent(text).replace("\r\n", "\n").rstrip("\n")
    if indent and _has_string_lines(text, indent):
        return None
    start, ending = AROUND.get(piece.kind, ("", "\n    pass\n" if piece.kind in COMPOUND else "\n"))
    try:
        whole = black.format_str(start + body + ending, mode=settings.mode(len(indent)))
    except (InvalidInput, NothingChanged, ValueError, KeyError):
        return None
    if not whole.startswith(start) or not whole.endswith(ending):
        return None
    result = whole[len(start) : len(whole) - len(ending)]
    return "".join(f"{indent}{line}{newline}" if line else newline for line in result.split("\n"))


def _has_string_lines(text: str, indent: str) -> bool:
    """A line that starts left of the statement is inside a string, which must not move."""
    outside = any(line.strip() and not line.startswith(indent) for line in text.split("\n"))
    return outside or '"""' in text or "'''" in text
