"""`awaitify verify`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from awaitify.cli.options import PathArgument, Python
from awaitify.cli.output import colored, print_data, save_data, save_report, say, width
from awaitify.cli.shared import ended_by_signals, root_of, watched
from awaitify.errors import AwaitifyError

Base = Annotated[str, typer.Option("--base", metavar="REV", help="The code before: a git revision, or a folder.")]
App = Annotated[str, typer.Option("--app", metavar="MODULE:APP", help="The FastAPI app, as uvicorn takes it.")]
TestCommand = Annotated[str, typer.Option("--tests", metavar="COMMAND", help="Runs the tests; empty: run none.")]
Env = Annotated[list[str] | None, typer.Option("--env", metavar="NAME=VALUE", help="For the service; {tmp}, {tree}.")]
Setup = Annotated[str, typer.Option("--setup", metavar="COMMAND", help="Prepares the database before each run.")]
Header = Annotated[list[str] | None, typer.Option("--header", metavar="NAME: VALUE", help="For generated requests.")]
Examples = Annotated[int, typer.Option("--examples", min=0, help="Generated requests for each operation; 0: none.")]
Load = Annotated[list[str] | None, typer.Option("--load", help='Put under load: "GET /path". Repeatable.')]
Concurrency = Annotated[int, typer.Option("--concurrency", min=1, help="Requests at once under load.")]
Timeout = Annotated[float, typer.Option("--timeout", metavar="SECONDS", help="For each run.")]
Json = Annotated[str | None, typer.Option("--json", metavar="FILE", help="Write the figures as JSON; - is stdout.")]
Report = Annotated[Path | None, typer.Option("--report", metavar="DIR", help="Write verify.html and verify.md there.")]


def verify(
    path: PathArgument = Path("."),
    base: Base = "HEAD",
    app: App = "",
    tests: TestCommand = "python -m pytest -q",
    python: Python = None,
    env: Env = None,
    setup: Setup = "",
    header: Header = None,
    examples: Examples = 5,
    load: Load = None,
    concurrency: Concurrency = 50,
    timeout: Timeout = 1800,
    report: Report = None,
    json: Json = None,
) -> None:
    """Runs the service before and after, side by side, and compares. It runs the service's own code.

    Exit codes: 0 nothing got worse; 3 something did, or nothing could be measured."""
    from awaitify.report import verify_pages, verify_summary
    from awaitify.verifying.bench import Exercise
    from awaitify.verifying.target import Target, editable_folders, interpreter
    from awaitify.verifying.verification import verify as measure

    root = root_of(path)
    prefix = interpreter(root, python)
    how = Exercise(examples, _pairs("--header", header, ":"), tuple(load or ()), concurrency)
    target = Target(root, prefix, app, tests, setup, _pairs("--env", env, "="), timeout, editable_folders(root, prefix))
    say(f"Runs the code of {root} as it is now, and of {base}, in temporary copies: {_what(app, tests, setup)}.")
    with ended_by_signals():
        result = watched(lambda progress: measure(target, base, how, progress))
    if report:
        save_report(report, {"verify.html": verify_pages.html(result), "verify.md": verify_pages.markdown(result)})
    save_data(json, result.to_json() + "\n")
    console = Console(stderr=json == "-")
    typer.echo(verify_summary.summary(result, width(console), colored(console)), err=console.stderr, nl=False)
    if json == "-":
        print_data(result.to_json() + "\n")
    if result.verdict != "equal":
        raise typer.Exit(3)


def _what(app: str, tests: str, setup: str) -> str:
    methods = "every method" if setup else "GET only, since there is no --setup that would reset the database"
    requests = f"the app {app} with generated requests ({methods})" if app else ""
    if not (app or tests):
        raise AwaitifyError("nothing to run: give --app module:app, or --tests")
    return " and ".join(filter(None, [requests, f"its tests ({tests}), three times" if tests else ""]))


def _pairs(flag: str, given: list[str] | None, sign: str) -> dict[str, str]:
    pairs = [item.partition(sign) for item in given or ()]
    if wrong := next((name for name, found, _ in pairs if not found or not name), None):
        raise AwaitifyError(f"{flag} {wrong}: write NAME{sign}VALUE")
    return {name: value.strip() if sign == ":" else value for name, _, value in pairs}
