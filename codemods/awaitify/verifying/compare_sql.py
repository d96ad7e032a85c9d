"""SQL statements of each endpoint, before and after: an N+1 that the change brought in."""

from __future__ import annotations

from collections.abc import Sequence

from awaitify.verify_model import EQUAL, UNMEASURED, WORSE, SqlRow, Step
from awaitify.verifying.pairs import Pair
from awaitify.verifying.records import App

NAME = "SQL statements"
ONE_MORE = 1
SHOWN = 3


def rows(pairs: Sequence[Pair], app: App) -> tuple[SqlRow, ...]:
    """One row an endpoint that runs SQL, by name. Of the two runs before, the larger count is taken."""
    groups: dict[str, list[Pair]] = {}
    for pair in pairs:
        groups.setdefault(app.label(pair.after), []).append(pair)
    found = (_row(label, group) for label, group in sorted(groups.items()))
    return tuple(row for row in found if row.before or row.after)


def compare(found: Sequence[SqlRow], why: str) -> Step:
    """Worse: more statements than before, and one of them ran with more different parameters within a request.

    Loading one relationship eagerly costs a statement, and another where it is loaded a second time; only what grows
    with the rows is repeated more often than that."""
    if not found:
        return Step(NAME, UNMEASURED, f"because {why or 'no request ran SQL through SQLAlchemy'}")
    repeated = [row for row in found if row.after > row.before and row.most_after > row.most_before + ONE_MORE]
    more = [row for row in found if row.after > row.before and row not in repeated]
    requests = sum(row.requests for row in found)
    headline = (
        f"{sum(row.before for row in found)} before, {sum(row.after for row in found)} after, over {requests} requests"
    )
    findings = tuple(
        f"{_told(row)}; one ran with {row.most_after} different parameters, not {row.most_before}: {row.statement}"
        for row in repeated
    )
    more.sort(key=lambda row: row.before / row.after)
    notes = tuple(_told(row) for row in more[:SHOWN])
    if more:
        text = f"more statements on {len(more)} of {len(found)} endpoints, none repeated for each row"
        notes = (f"{text}{'; most of all:' if len(more) > SHOWN else ':'}", *notes)
    return Step(NAME, WORSE if findings else EQUAL, headline, findings, notes)


def _row(label: str, pairs: list[Pair]) -> SqlRow:
    worst = max(pairs, key=lambda pair: pair.after.most[1] - max(item.most[1] for item in pair.before))
    return SqlRow(
        label,
        len(pairs),
        sum(max(item.statements for item in pair.before) for pair in pairs),
        sum(pair.after.statements for pair in pairs),
        max(item.most[1] for item in worst.before),
        worst.after.most[1],
        worst.after.most[0],
    )


def _told(row: SqlRow) -> str:
    return f"{row.endpoint}: {row.before} statements before, {row.after} after over {row.requests} requests"
