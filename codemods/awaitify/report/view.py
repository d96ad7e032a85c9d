"""What the reports tell, worked out once: totals, routers, the reasons, the files. No format is decided here."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from awaitify.plan_model import ProjectPlan, Reason, RouteOutcome
from awaitify.report.diff import FileDiff, file_diffs

NEWLY_ASYNC = ("native", "bridged")
UNTOLD = Reason("no-reason-given", "the plan gives no reason")
CALL_KINDS = ("native", "bridge", "project", "harmless", "unclassified", "unresolved")


class Outcome(Protocol):
    """What a report is made of: the plan, and whole files before and after (path relative to the root -> bytes)."""

    @property
    def plan(self) -> ProjectPlan: ...
    @property
    def before(self) -> Mapping[str, bytes]: ...
    @property
    def after(self) -> Mapping[str, bytes]: ...


@dataclass(frozen=True, slots=True)
class RouterRow:
    """The routes of one router, counted. bridged: those with nothing left to do that run something in a thread, or
    in `run_sync`."""

    router: str
    routes: int
    async_before: int
    async_after: int
    outcomes: Mapping[str, int]
    bridged: int = 0


@dataclass(frozen=True, slots=True)
class Held:
    """One reason and the routes that it left as they are, in the plan's order."""

    reason: Reason
    routes: tuple[RouteOutcome, ...]


@dataclass(frozen=True, slots=True)
class Left:
    """A rule with its reasons, the one that holds most routes first. routes: how many distinct ones."""

    rule: str
    routes: int
    held: tuple[Held, ...]


@dataclass(frozen=True, slots=True)
class Note:
    """A remark beside the diff. line counts from 1, in the old file; 0 stands for the whole file."""

    line: int
    text: str


def totals(plan: ProjectPlan) -> RouterRow:
    """All routes of the plan as one row."""
    return _row("all", plan.routes)


def routers(plan: ProjectPlan) -> tuple[RouterRow, ...]:
    """One row a router, by name."""
    names = sorted({route.router for route in plan.routes})
    return tuple(_row(name, tuple(r for r in plan.routes if r.router == name)) for name in names)


def left(plan: ProjectPlan) -> tuple[Left, ...]:
    """What was left, by rule; the rule that holds most routes first. A route stands under each of its reasons."""
    groups: dict[str, dict[Reason, dict[RouteOutcome, None]]] = {}
    for route in plan.routes:
        if route.outcome == "left":
            for reason in route.reasons or (UNTOLD,):
                groups.setdefault(reason.rule, {}).setdefault(reason, {})[route] = None
    rules = (_left(rule, reasons) for rule, reasons in groups.items())
    return tuple(sorted(rules, key=lambda item: (-item.routes, item.rule)))


def calls(plan: ProjectPlan) -> dict[str, int]:
    """Kind of call -> how many; the known kinds in their order, then any other."""
    count = Counter(call.kind for call in plan.calls)
    known = [kind for kind in CALL_KINDS if kind in count]
    return {kind: count[kind] for kind in [*known, *sorted(set(count) - set(CALL_KINDS))]}


def files(result: Outcome) -> Iterator[tuple[FileDiff, tuple[Note, ...]]]:
    """Each changed file with the remarks that belong to it."""
    for diff in file_diffs(result.before, result.after):
        yield diff, notes(result, diff.path)


def notes(result: Outcome, path: str) -> tuple[Note, ...]:
    """The reasons of the edits, functions and routes of a file, by line, each once."""
    source = result.before.get(path, b"").removeprefix(b"\xef\xbb\xbf")
    found: set[tuple[int, str]] = set()
    for plan in result.plan.files:
        if plan.path == path:
            found |= {(source[: edit.span[0]].count(b"\n") + 1, edit.reason) for edit in plan.edits if edit.reason}
    for item in (*result.plan.functions, *result.plan.routes):
        if item.file == path:
            found |= {(item.line, f"{item.function}: {told(reason)}") for reason in item.reasons}
    found |= {(reason.line, told(reason)) for reason in result.plan.warnings if reason.file == path}
    return tuple(Note(*item) for item in sorted(found))


def told(reason: Reason) -> str:
    """A reason in one line, its chain included."""
    chain = f" (through {' > '.join(reason.chain)})" if reason.chain else ""
    return f"{reason.message}{chain} [{reason.rule}]"


def place(file: str, line: int) -> str:
    """`file:line`, or less when less is known."""
    return f"{file}:{line}" if file and line else file


def label(route: RouteOutcome) -> str:
    """`GET /users/{id}`, as `--route` takes it."""
    return f"{route.method} {route.path}"


def headline(result: Outcome) -> str:
    """One sentence: how many routes are async before and after, how many were left, how many files change."""
    row = totals(result.plan)
    parts = [f"{row.async_before} of {row.routes} routes async before, {row.async_after} after"]
    if repaired := row.outcomes.get("repaired", 0):
        parts.append(f"{repaired} no longer {'blocks' if repaired == 1 else 'block'} the loop")
    if held := row.outcomes.get("left", 0):
        parts.append(f"{held} left as {'it is' if held == 1 else 'they are'}")
    changed = len(result.after)
    return f"{'; '.join(parts)}; {changed} {'file changes' if changed == 1 else 'files change'}"


def _left(rule: str, reasons: Mapping[Reason, Mapping[RouteOutcome, None]]) -> Left:
    held = [Held(reason, tuple(routes)) for reason, routes in reasons.items()]
    held.sort(key=lambda item: (-len(item.routes), item.reason.file, item.reason.line, item.reason.message))
    return Left(rule, len({route for item in held for route in item.routes}), tuple(held))


def _row(name: str, routes: tuple[RouteOutcome, ...]) -> RouterRow:
    before = sum(route.before == "async" for route in routes)
    after = sum(route.after == "async" for route in routes)
    bridged = sum(route.outcome == "unchanged" and route.bridges > 0 for route in routes)
    return RouterRow(name or os.curdir, len(routes), before, after, Counter(route.outcome for route in routes), bridged)
