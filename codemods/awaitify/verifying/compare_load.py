"""Throughput and latency at many requests at once. Figures, not a verdict: a slower answer may be the machine's."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from awaitify.verify_model import MEASURED, UNMEASURED, LoadRow, Step
from awaitify.verifying.exercise import Load

NAME = "load"


def row(endpoint: str, concurrency: int, before: Sequence[Load], after: Sequence[Load]) -> LoadRow:
    """Of each tree's runs, taken in turn, the best one counts: what else the machine did only ever slows."""
    old, new = (max(runs, key=_rate) for runs in (before, after))
    values = (pick(item) for pick in (_rate, _median, _p95) for item in (old, new))
    return LoadRow(endpoint, concurrency, *values)


def compare(rows: Sequence[LoadRow], failed: int, why: str, named: Sequence[str] = ()) -> Step:
    """A line an endpoint. failed: answers of 400 and above; why: the reason when there are no rows; named: --load."""
    if not rows:
        which = f"no generated request to {' or '.join(named)}" if named else "no generated GET request that does I/O"
        return Step(NAME, UNMEASURED, f"because {why or f'{which} succeeds'}")
    lines = tuple(
        f"{row.endpoint}: {row.rate_before:.0f} requests a second before, {row.rate_after:.0f} after; "
        f"median {row.p50_before:.0f} ms before, {row.p50_after:.0f} after"
        for row in rows
    )
    notes = (f"{failed} answers failed under load (status 400 and above)",) if failed else ()
    places = "1 endpoint" if len(rows) == 1 else f"{len(rows)} endpoints"
    headline = f"{rows[0].concurrency} requests at once, in process, on {places}"
    return Step(NAME, MEASURED, headline, notes=(*lines, *notes))


def _rate(load: Load) -> float:
    return round(len(load.times) / load.seconds, 1)


def _median(load: Load) -> float:
    return round(statistics.median(load.times) * 1000, 1) if load.times else 0.0


def _p95(load: Load) -> float:
    ordered = sorted(load.times)
    return round(ordered[int(len(ordered) * 0.95)] * 1000, 1) if ordered else 0.0
