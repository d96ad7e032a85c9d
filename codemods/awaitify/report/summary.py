"""The report for a terminal."""

from __future__ import annotations

import io
from collections import Counter

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from awaitify.plan_model import ProjectPlan, Reason
from awaitify.report import view
from awaitify.report.order import best_order
from awaitify.report.view import Outcome

LISTED = 8
NAMED = 3
WIDTH = 100


def summary(result: Outcome, *, width: int = WIDTH, color: bool = False) -> str:
    """Routes by router, what was left and why, and the calls by class. width in columns; color adds ANSI codes."""
    console, text = _console(width, color)
    console.print(f"[bold]{escape(view.headline(result))}.[/bold]")
    if result.plan.routes:
        console.print(_routers(result.plan))
    _print_left(console, result.plan)
    _print_warnings(console, result.plan.warnings)
    if counts := view.calls(result.plan):
        console.print("Calls on the routes' paths: " + ", ".join(f"{count} {kind}" for kind, count in counts.items()))
    return text.getvalue()


def status(plan: ProjectPlan, *, width: int = WIDTH, color: bool = False) -> str:
    """How far the migration is: for each router what needs nothing more, what of it still runs in threads or in
    `run_sync`, what can follow, and what is held back; then what holds it, and the best order for the rest."""
    console, text = _console(width, color)
    table = _table("Router", "Routes", "Done", "Bridged", "Ready", "Held back")
    for row in (*view.routers(plan), view.totals(plan)):
        ready = sum(row.outcomes.get(name, 0) for name in (*view.NEWLY_ASYNC, "repaired"))
        held = row.outcomes.get("left", 0)
        done = row.routes - ready - held - row.bridged
        table.add_row(escape(row.router), *map(str, (row.routes, done, row.bridged, ready, held)))
    console.print(table)
    _print_left(console, plan)
    _print_order(console, plan)
    return text.getvalue()


def _print_order(console: Console, plan: ProjectPlan) -> None:
    """The next routers; after each, how many functions are there twice or bridged until the others follow."""
    order = best_order(plan)
    if len(order.routers) < 2:
        return
    console.print("Order with the fewest functions kept twice, or bridged, meanwhile (how many, after each step):")
    for router, doubled in zip(order.routers, order.doubled, strict=True):
        console.print(escape(f"  awaitify apply --router {router}  ({doubled})"), soft_wrap=True)


def _console(width: int, color: bool) -> tuple[Console, io.StringIO]:
    text = io.StringIO()
    system = "standard" if color else None
    return Console(file=text, width=width, force_terminal=color, color_system=system, highlight=False), text


def _table(first: str, *others: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(first, overflow="fold")
    for name in others:
        table.add_column(name, justify="right", no_wrap=True)
    return table


def _routers(plan: ProjectPlan) -> Table:
    table = _table("Router", "Routes", "Async before", "Async after", "Left")
    for row in view.routers(plan):
        numbers = (row.routes, row.async_before, row.async_after, row.outcomes.get("left", 0))
        table.add_row(escape(row.router), *map(str, numbers))
    return table


def _print_left(console: Console, plan: ProjectPlan) -> None:
    for rule in view.left(plan):
        console.print(f"[yellow]Left: {escape(rule.rule)}[/yellow] ({_routes(rule.routes)})")
        for item in rule.held[:LISTED]:
            where = f" ({view.place(item.reason.file, item.reason.line)})" if item.reason.file else ""
            names = ", ".join(map(view.label, item.routes[:NAMED]))
            more = f" and {len(item.routes) - NAMED} more" if len(item.routes) > NAMED else ""
            console.print(escape(f"  {item.reason.message}{where}"))
            console.print(escape(f"    {_routes(len(item.routes))}: {names}{more}"), style="dim")
        if len(rule.held) > LISTED:
            console.print(f"  and {len(rule.held) - LISTED} more reasons (--report DIR lists all)")


def _routes(count: int) -> str:
    return f"{count} {'route' if count == 1 else 'routes'}"


def _print_warnings(console: Console, warnings: tuple[Reason, ...]) -> None:
    """The first of each kind come first: many of one kind hide no other."""
    seen: Counter[str] = Counter()
    ranked: list[tuple[int, Reason]] = []
    for warning in warnings:
        ranked.append((seen[warning.rule], warning))
        seen[warning.rule] += 1
    for _, warning in sorted(ranked, key=lambda pair: pair[0])[:LISTED]:
        where = f" ({view.place(warning.file, warning.line)})" if warning.file else ""
        console.print(f"[yellow]Warning:[/yellow] {escape(warning.message + where)}")
    if len(warnings) > LISTED:
        console.print(f"  and {len(warnings) - LISTED} more warnings (--report DIR lists all)")
