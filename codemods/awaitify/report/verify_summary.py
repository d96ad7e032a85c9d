"""What verify found, for a terminal."""

from __future__ import annotations

import io

from rich.console import Console
from rich.markup import escape

from awaitify.verify_model import EQUAL, MEASURED, UNMEASURED, WORSE, Verification

LISTED = 10
COLOURS = {EQUAL: "green", MEASURED: "green", WORSE: "red"}


def summary(result: Verification, width: int = 100, color: bool = False) -> str:
    """One line a step with its figures, below it what got worse. width in columns; color adds ANSI codes."""
    text = io.StringIO()
    system = "standard" if color else None
    console = Console(file=text, width=width, force_terminal=color, color_system=system, highlight=False)
    wide = max(len(step.name) for step in result.steps)
    for step in result.steps:
        colour = COLOURS.get(step.state, "yellow")
        state = f"[{colour}]{step.state:<12}[/{colour}]"
        console.print(f"{step.name:<{wide}}  {state}  {escape(step.headline)}", soft_wrap=True)
        _print_some(console, step.findings, "")
        _print_some(console, step.notes, "dim")
    console.print(f"[bold]{escape(headline(result))}.[/bold]")
    return text.getvalue()


def headline(result: Verification) -> str:
    """One sentence: the verdict, and how many routes became async."""
    counts = [sum(step.state == state for step in result.steps) for state in (EQUAL, WORSE)]
    rest = sum(step.state == UNMEASURED for step in result.steps)
    routes = f"; {result.async_before} of {result.routes} routes async before, {result.async_after} after"
    parts = [f"{counts[1]} worse", f"{counts[0]} equal", f"{rest} not measured"]
    return f"{'Worse' if result.worse else 'Nothing got worse'}: {', '.join(parts)}{routes if result.routes else ''}"


def _print_some(console: Console, lines: tuple[str, ...], style: str) -> None:
    for line in lines[:LISTED]:
        console.print(f"    {escape(line)}", style=style, soft_wrap=True)
    if len(lines) > LISTED:
        console.print(f"    and {len(lines) - LISTED} more (--report DIR lists all)", style=style)
