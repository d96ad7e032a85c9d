"""`awaitify rules`."""

from __future__ import annotations

from typing import Annotated

import typer


def rules(name: Annotated[str, typer.Argument(metavar="[NAME]", help="One pack.", show_default=False)] = "") -> None:
    """Lists the calls that awaitify knows, and what it does with each."""
    from awaitify.report.rule_packs import listing

    typer.echo(listing(name), nl=False)
