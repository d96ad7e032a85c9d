"""How long the lines of a project are, where it does not say."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from awaitify.formatting.pieces import Piece, pieces_of
from awaitify.formatting.settings import BlackSettings
from awaitify.formatting.touched import formatted

#: What people set most, and how many long pieces are looked at: at least, and at most.
LENGTHS = (100, 120)
LOOKED_AT = (2, 50)


def with_length(settings: BlackSettings, texts: Iterable[bytes]) -> BlackSettings:
    """The settings with the length that Black was told when it laid out these texts (UTF-8): most of the pieces that
    are too long for its default are as it has them at that length."""
    if settings.says_length:
        return settings
    long: list[tuple[Piece, list[str]]] = []
    for text in texts:
        lines = [line.decode("utf-8") for line in text.splitlines(keepends=True)]
        if len(long) < LOOKED_AT[1] and any(len(line.rstrip()) > settings.line_length for line in lines):
            long += [(piece, lines) for piece in pieces_of(text) if _is_long(piece, lines, settings)]
    if len(long) < LOOKED_AT[0]:
        return settings
    found = [replace(settings, line_length=length) for length in LENGTHS]
    counts = [sum(_is_stable(piece, lines, item) for piece, lines in long) for item in found]
    return found[counts.index(max(counts))] if 2 * max(counts) > len(long) else settings


def _is_long(piece: Piece, lines: list[str], settings: BlackSettings) -> bool:
    """Whether a piece has a line that is too long, and that could be broken."""
    longest = max(len(line.rstrip()) for line in lines[piece.first : piece.end])
    return longest > settings.line_length and not _is_stable(piece, lines, settings)


def _is_stable(piece: Piece, lines: list[str], settings: BlackSettings) -> bool:
    """Whether Black would leave it as it is, but for its quotes."""
    return formatted(piece, lines, replace(settings, string_normalization=False)) == "".join(
        lines[piece.first : piece.end]
    )
