"""The bars of the load chart, as numbers: a template draws them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from awaitify.verify_model import LoadRow

WIDTH = 640  # of the longest bar, in units of the drawing
BAR, GAP, TITLE = 18, 6, 22


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar. y, width: in units of the drawing; text: stands behind it."""

    side: str
    y: int
    width: float
    text: str


@dataclass(frozen=True, slots=True)
class Group:
    """The bars of one endpoint below its name."""

    title: str
    y: int
    bars: tuple[Bar, ...]


def groups(rows: Sequence[LoadRow]) -> tuple[tuple[Group, ...], int]:
    """(the groups, height of the drawing). All bars have one scale: requests a second."""
    longest = max((max(row.rate_before, row.rate_after) for row in rows), default=0.0) or 1.0
    found: list[Group] = []
    y = 0
    for row in rows:
        bars: list[Bar] = []
        for side, rate, median in (
            ("before", row.rate_before, row.p50_before),
            ("after", row.rate_after, row.p50_after),
        ):
            top = y + TITLE + len(bars) * (BAR + GAP)
            text = f"{side}: {rate:.0f} requests a second, median {median:.0f} ms"
            bars.append(Bar(side, top, round(WIDTH * rate / longest, 1), text))
        found.append(Group(row.endpoint, y + TITLE - GAP, tuple(bars)))
        y += TITLE + 2 * (BAR + GAP) + GAP
    return tuple(found), y
