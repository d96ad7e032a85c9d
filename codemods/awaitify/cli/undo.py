"""`awaitify undo`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from awaitify.cli.options import PathArgument
from awaitify.cli.output import say
from awaitify.cli.shared import root_of


def undo(
    path: PathArgument = Path("."),
    force: Annotated[bool, typer.Option("--force", help="Lose changes made since the apply.")] = False,
) -> None:
    """Takes back the last apply."""
    from awaitify.writing import undo as take_back

    restored = take_back(root_of(path), force=force)
    say(f"Taken back: {len(restored)} {'file' if len(restored) == 1 else 'files'}.")
