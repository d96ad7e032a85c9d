"""`awaitify status`."""

from __future__ import annotations

from pathlib import Path

import typer
from rich.console import Console

from awaitify.cli.options import Exclude, PathArgument, Python
from awaitify.cli.output import colored, width
from awaitify.cli.shared import planned, root_of


def status(path: PathArgument = Path("."), exclude: Exclude = None, python: Python = None) -> None:
    """Shows how far the migration is, router by router."""
    from awaitify.report.summary import status as table

    result = planned(root_of(path), {"exclude": exclude, "python": python})
    out = Console()
    typer.echo(table(result.plan, width=width(out), color=colored(out)), nl=False)
