"""`apply --interactive`: each router with its diff, accepted or skipped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from awaitify.cli.output import say

if TYPE_CHECKING:
    from awaitify.plan_model import ProjectPlan
    from awaitify.report.view import Outcome

CHANGED = ("native", "bridged", "repaired")
COLOURS = {"+": "green", "-": "red", "@": "cyan"}
QUESTION = "Take it? y: yes, n: no, a: this and all the rest, q: quit, nothing is written"


def chosen(root: Path, flags: dict[str, Any]) -> Outcome | None:
    """The plan of the routers that were accepted; None when none was."""
    from awaitify.config import load_settings
    from awaitify.pipeline import analysed

    settings = load_settings(root, flags)
    say("Reading the project.")
    with analysed(root, settings) as plan:
        routers = _by_router(plan(settings).plan)
        accepted: tuple[str, ...] = ()
        kept: Outcome | None = None
        for number, (router, routes) in enumerate(routers.items()):
            offered = plan(replace(settings, routers=(), routes=(*accepted, *routes)))
            if not _show(router, len(routes), kept, offered):
                continue
            answer = _asked()
            if answer == "q":
                return None
            if answer == "a":
                rest = [route for others in list(routers.values())[number:] for route in others]
                return plan(replace(settings, routers=(), routes=(*accepted, *rest)))
            if answer == "y":
                accepted, kept = (*accepted, *routes), offered
        return kept


def _by_router(plan: ProjectPlan) -> Mapping[str, tuple[str, ...]]:
    """Router -> those of its routes that would change, as `--route` takes them; in the plan's order."""
    from awaitify.report.view import label

    found: dict[str, tuple[str, ...]] = {}
    for route in plan.routes:
        if route.outcome in CHANGED:
            found[route.router or route.file] = (*found.get(route.router or route.file, ()), label(route))
    return found


def _show(router: str, routes: int, kept: Outcome | None, offered: Outcome) -> bool:
    """Shows what a router adds to what was accepted; says whether there is anything."""
    from awaitify.report.diff import file_diffs, unified_diff

    before = {**offered.before, **(kept.after if kept else {})}
    changes = file_diffs(before, offered.after)
    if not changes:
        say(f"{router}: nothing more to change.")
        return False
    for line in unified_diff(before, offered.after).splitlines():
        typer.secho(line, fg=COLOURS.get(line[:1]))
    lines = sum(change.added for change in changes), sum(change.removed for change in changes)
    files = "1 file" if len(changes) == 1 else f"{len(changes)} files"
    what = "1 route" if routes == 1 else f"{routes} routes"
    say(f"{router}: {what}, {files}, {lines[0]} lines added, {lines[1]} removed.")
    return True


def _asked() -> str:
    while True:
        answer = typer.prompt(QUESTION, default="y", show_default=True, err=True).strip().lower()[:1]
        if answer in ("y", "n", "a", "q"):
            return answer
