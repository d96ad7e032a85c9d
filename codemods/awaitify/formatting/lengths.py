"""How long the lines of a file are, where its project does not say."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from awaitify.formatting.pieces import Piece
from awaitify.formatting.settings import BlackSettings

#: What people set most, and how many long pieces are looked at.
LENGTHS = (100, 120)
LOOKED_AT = 20

Formatted = Callable[[Piece, list[str], BlackSettings], str | None]


def with_length(
    settings: BlackSettings, lines: list[str], pieces: Sequence[Piece], formatted: Formatted
) -> BlackSettings:
    """The settings with the length that Black was told when it laid out these lines: most of the pieces that are too
    long for its default are as it has them at that length."""
    if settings.says_length:
        return settings

    def is_stable(piece: Piece, chosen: BlackSettings) -> bool:
        return formatted(piece, lines, chosen) == "".join(lines[piece.first : piece.end])

    long = [piece for piece in pieces if _longest(piece, lines) > settings.line_length][:LOOKED_AT]
    long = [piece for piece in long if not is_stable(piece, settings)]
    found = []
    for length in LENGTHS:
        chosen = replace(settings, line_length=length)
        found.append((sum(is_stable(piece, chosen) for piece in long), -length, chosen))
    count, _, best = max(found, key=lambda item: item[:2])
    return best if 2 * count > len(long) else settings


def _longest(piece: Piece, lines: list[str]) -> int:
    return max(len(line.rstrip("\r\n")) for line in lines[piece.first : piece.end])
