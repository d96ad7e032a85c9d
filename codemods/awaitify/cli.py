"""The command line: options, exit codes, and what goes to which stream.

Exit codes: 0 done; 1 `plan --exit-code` would change something; 2 wrong use or configuration; 3 refused.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from awaitify.cli_options import (
    Aws,
    Bridge,
    Diff,
    Driver,
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
from awaitify.cli_output import OneLineErrors, colored, save_reports, say, tell, width
from awaitify.errors import AwaitifyError

if TYPE_CHECKING:
    from awaitify.config import Settings
    from awaitify.plan_model import ProjectPlan
    from awaitify.report.view import Outcome

# Heavy modules are imported inside the commands: `--help` and `--version` answer at once.

app = typer.Typer(cls=OneLineErrors, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


@app.callback(invoke_without_command=True)
def start(
    context: typer.Context, version: Annotated[bool, typer.Option("--version", help="Show the version.")] = False
) -> None:
    """Moves a sync FastAPI service to async: refuses rather than breaks."""
    if version:
        from importlib.metadata import version as installed

        typer.echo(f"awaitify {installed('awaitify')}")
    elif context.invoked_subcommand is None:
        typer.echo(context.get_help(), err=True)
        raise typer.Exit(2)


@app.command()
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
    only_bridges: OnlyBridges = None,
    keep_sync: KeepSync = None,
    rules: Rules = None,
    tests: Tests = None,
) -> None:
    """Shows what would change, and why. Writes nothing in PATH."""
    flags = setting_flags(locals())
    root = _root(path)
    _check_stdout(diff, json)
    result = _planned(root, flags)
    save_reports(result, report, json)
    tell(root, result, json, diff)
    if exit_code and result.after:
        raise typer.Exit(1)


@app.command()
def apply(
    path: PathArgument = Path("."),
    router: Router = None,
    route: Route = None,
    exclude: Exclude = None,
    report: Report = None,
    json: Json = None,
    diff: Diff = False,
    plan: Annotated[Path | None, typer.Option("--plan", metavar="FILE", help="Apply this reviewed plan.json.")] = None,
    allow_dirty: Annotated[bool, typer.Option("--allow-dirty", help="Write over uncommitted work.")] = False,
    python: Python = None,
    driver: Driver = None,
    bridge: Bridge = None,
    aws: Aws = None,
    http: Http = None,
    only_bridges: OnlyBridges = None,
    keep_sync: KeepSync = None,
    rules: Rules = None,
    tests: Tests = None,
) -> None:
    """Plans, then writes: all or nothing. `awaitify undo` takes it back."""
    from awaitify.writing import write

    flags = setting_flags(locals())
    root = _root(path)
    _check_stdout(diff, json)
    if plan and any(value is not None for value in flags.values()):
        raise AwaitifyError("--plan: a reviewed plan is applied as it is; leave out the options that shape a plan")
    if not allow_dirty:
        _refuse_modified(root)
    result = _from_file(root, plan) if plan else _planned(root, flags)
    if not allow_dirty:
        _refuse_untracked(root, result)
    save_reports(result, report, json)
    write(root, result.before, result.after)
    tell(root, result, json, diff)
    say(f"Written. `awaitify undo {path}` takes it back." if result.after else "Nothing to change.")


@app.command()
def status(path: PathArgument = Path("."), exclude: Exclude = None, python: Python = None) -> None:
    """Shows how far the migration is, router by router."""
    from awaitify.report.summary import status as table

    result = _planned(_root(path), {"exclude": exclude, "python": python})
    out = Console()
    typer.echo(table(result.plan, width=width(out), color=colored(out)), nl=False)


@app.command()
def explain(
    what: Annotated[str, typer.Argument(help='A function, "GET /path", or file.py:12.')],
    path: PathArgument = Path("."),
    exclude: Exclude = None,
    python: Python = None,
) -> None:
    """Says why a function became async, stayed sync or was bridged."""
    from awaitify.report.explain import explain as chain

    typer.echo(chain(_planned(_root(path), {"exclude": exclude, "python": python}).plan, what), nl=False)


@app.command()
def rules(name: Annotated[str, typer.Argument(metavar="[NAME]", help="One pack.", show_default=False)] = "") -> None:
    """Lists the calls that awaitify knows, and what it does with each."""
    from awaitify.report.rule_packs import listing

    typer.echo(listing(name), nl=False)


@app.command()
def undo(
    path: PathArgument = Path("."),
    force: Annotated[bool, typer.Option("--force", help="Lose changes made since the apply.")] = False,
) -> None:
    """Takes back the last apply."""
    from awaitify.writing import undo as take_back

    restored = take_back(_root(path), force=force)
    say(f"Taken back: {len(restored)} {'file' if len(restored) == 1 else 'files'}.")


def _root(path: Path) -> Path:
    if not path.exists():
        raise AwaitifyError(f"{path}: does not exist; give the folder of the project")
    if not path.is_dir():
        raise AwaitifyError(f"{path}: is a file; give the folder of the project, {path.parent}")
    if not os.access(path, os.R_OK | os.X_OK):
        raise AwaitifyError(f"{path}: cannot be read; check its permissions")
    return path.resolve()


def _check_stdout(diff: bool, json: str | None) -> None:
    if diff and json == "-":
        raise AwaitifyError("--diff and --json -: both need stdout; give --json a file")


def _settings(root: Path, flags: dict[str, Any]) -> Settings:
    from awaitify.config import load_settings

    return load_settings(root, flags)


def _planned(root: Path, flags: dict[str, Any]) -> Outcome:
    settings = _settings(root, flags)
    from awaitify.pipeline import plan_project

    return _watched(lambda progress: plan_project(root, settings, progress=progress))


def _from_file(root: Path, file: Path) -> Outcome:
    plan = _read_plan(file)
    from awaitify.pipeline import apply_plan

    return _watched(lambda progress: apply_plan(root, plan))


def _read_plan(file: Path) -> ProjectPlan:
    from awaitify.plan_model import plan_from_json

    try:
        return plan_from_json(file.read_text("utf-8"))
    except OSError as error:
        raise AwaitifyError(f"{file}: cannot be read ({error.strerror}); give the one of `plan --report`") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise AwaitifyError(f"{file}: is not a plan of this awaitify; make it again with `plan --report`") from error


def _watched(work: Callable[[Callable[[str], None]], Outcome]) -> Outcome:
    """Runs the work, with its steps on stderr where a person watches."""
    console = Console(stderr=True)
    if not console.is_terminal:
        return work(lambda step: None)
    with console.status("reading") as shown:
        return work(lambda step: shown.update(step))


def _refuse_modified(root: Path) -> None:
    from awaitify import git
    from awaitify.errors import RefusedError

    if changed := git.modified(root):
        what = f"has uncommitted changes ({_some(changed)})"
        raise RefusedError(f"{root}: {what}; commit or stash them, or use --allow-dirty")


def _refuse_untracked(root: Path, result: Outcome) -> None:
    from awaitify import git
    from awaitify.errors import RefusedError

    if lost := git.untracked(root, result.after):
        raise RefusedError(f"{root}: git does not keep {_some(lost)}; add and commit, or use --allow-dirty")


def _some(names: tuple[str, ...]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
