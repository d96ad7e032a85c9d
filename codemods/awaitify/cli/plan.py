"""`awaitify plan`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from awaitify.cli.options import (
    Aws,
    Bridge,
    Diff,
    Driver,
    ErrorTexts,
    Exclude,
    Http,
    Json,
    KeepSync,
    OnlyBridges,
    PathArgument,
    Python,
    Report,
    Route,
    Router,
    Rules,
    Tests,
    setting_flags,
)
from awaitify.cli.output import save_reports, tell
from awaitify.cli.shared import check_stdout, planned, root_of


def plan(
    path: PathArgument = Path("."),
    router: Router = None,
    route: Route = None,
    exclude: Exclude = None,
    report: Report = None,
    json: Json = None,
    diff: Diff = False,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit with 1 when something would change.")] = False,
    python: Python = None,
    driver: Driver = None,
    bridge: Bridge = None,
    aws: Aws = None,
    http: Http = None,
    http_error_texts: ErrorTexts = None,
    only_bridges: OnlyBridges = None,
    keep_sync: KeepSync = None,
    rules: Rules = None,
    tests: Tests = None,
) -> None:
    """Shows what would change, and why. Writes nothing in PATH."""
    flags = setting_flags(locals())
    root = root_of(path)
    check_stdout(diff, json)
    result = planned(root, flags)
    save_reports(result, report, json)
    tell(root, result, json, diff)
    if exit_code and result.after:
        raise typer.Exit(1)
