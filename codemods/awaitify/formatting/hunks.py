"""Where two versions of a text differ, in time that grows with their length."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from difflib import SequenceMatcher

#: First and end in the old lines, first and end in the new ones.
Hunk = tuple[int, int, int, int]


def hunks_of(old: list[str], new: list[str]) -> list[Hunk]:
    """The ranges of lines that differ.

    A matcher of sequences takes quadratic time where many lines are alike (empty ones are), so it sees only what lies
    between lines that either side has once."""
    return [
        (first + i, first + j, new_first + k, new_first + m)
        for first, end, new_first, new_end in _gaps(old, new)
        for tag, i, j, k, m in SequenceMatcher(
            None, old[first:end], new[new_first:new_end], autojunk=False
        ).get_opcodes()
        if tag != "equal"
    ]


def _gaps(old: list[str], new: list[str]) -> Iterator[Hunk]:
    """The ranges between the lines that are certainly the same."""
    first = new_first = 0
    for index, new_index in [*_anchors(old, new), (len(old), len(new))]:
        if index > first or new_index > new_first:
            yield first, index, new_first, new_index
        first, new_first = index + 1, new_index + 1


def _anchors(old: list[str], new: list[str]) -> list[tuple[int, int]]:
    """The indexes of lines that either side has once: as many as stand in one order on both sides."""
    count, new_count = Counter(old), Counter(new)
    place = {line: index for index, line in enumerate(new) if new_count[line] == count[line] == 1}
    ends: list[int] = []  # the least index in new at which an ascending row of this length ends
    rows: list[tuple[int, int, int]] = []  # (index, index in new, length of the longest row that ends here)
    for index, line in enumerate(old):
        if line in place:
            length = bisect_left(ends, place[line])
            ends[length : length + 1] = [place[line]]
            rows.append((index, place[line], length))
    chosen: list[tuple[int, int]] = []
    wanted, below = len(ends) - 1, len(new)
    for index, new_index, length in reversed(rows):
        if length == wanted and new_index < below:
            chosen.append((index, new_index))
            wanted, below = length - 1, new_index
    return chosen[::-1]
