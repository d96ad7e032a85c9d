"""`awaitify explain`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from awaitify.cli.options import Exclude, PathArgument, Python
from awaitify.cli.shared import planned, root_of


def explain(
    what: Annotated[str, typer.Argument(help='A function, "GET /path", or file.py:12.')],
    path: PathArgument = Path("."),
    exclude: Exclude = None,
    python: Python = None,
) -> None:
    """Says why a function became async, stayed sync or was bridged."""
    from awaitify.report.explain import explain as chain

    typer.echo(chain(planned(root_of(path), {"exclude": exclude, "python": python}).plan, what), nl=False)
