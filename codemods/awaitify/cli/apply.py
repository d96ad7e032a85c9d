"""`awaitify apply`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from awaitify.cli.interactive import chosen
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
from awaitify.cli.output import save_reports, say, tell
from awaitify.cli.shared import check_stdout, planned, root_of, watched
from awaitify.errors import AwaitifyError

if TYPE_CHECKING:
    from awaitify.plan_model import ProjectPlan
    from awaitify.report.view import Outcome


def apply(
    path: PathArgument = Path("."),
    router: Router = None,
    route: Route = None,
    exclude: Exclude = None,
    report: Report = None,
    json: Json = None,
    diff: Diff = False,
    plan: Annotated[Path | None, typer.Option("--plan", metavar="FILE", help="Apply this reviewed plan.json.")] = None,
    interactive: Annotated[
        bool, typer.Option("--interactive", "-i", help="Shows each router's diff, and asks for it.")
    ] = False,
    allow_dirty: Annotated[bool, typer.Option("--allow-dirty", help="Write over uncommitted work.")] = False,
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
    """Plans, then writes: all or nothing. `awaitify undo` takes it back."""
    flags = setting_flags(locals())
    root = root_of(path)
    check_stdout(diff, json)
    _check_interactive(interactive, plan, diff, json)
    if not allow_dirty:
        _refuse_modified(root)
    result = chosen(root, flags) if interactive else _from_file(root, plan, flags) if plan else planned(root, flags)
    if result is None:
        return say("Nothing was accepted; nothing is written.")
    if not allow_dirty:
        _refuse_untracked(root, result)
    save_reports(result, report, json)
    _write(root, result)
    tell(root, result, json, diff)
    say(f"Written. `awaitify undo {path}` takes it back." if result.after else "Nothing to change.")


def _check_interactive(interactive: bool, plan: Path | None, diff: bool, json: str | None) -> None:
    """Refuses what cannot go with questions on the terminal."""
    if interactive and (plan or diff or json == "-"):
        raise AwaitifyError("--interactive: asks on the terminal; leave out --plan, --diff and --json -")


def _write(root: Path, result: Outcome) -> None:
    from awaitify.writing import write

    write(root, result.before, result.after)


def _from_file(root: Path, file: Path, flags: dict[str, Any]) -> Outcome:
    if any(value is not None for value in flags.values()):
        raise AwaitifyError("--plan: a reviewed plan is applied as it is; leave out the options that shape a plan")
    plan = _read_plan(file)
    from awaitify.carrying import apply_plan

    return watched(lambda progress: apply_plan(root, plan))


def _read_plan(file: Path) -> ProjectPlan:
    from awaitify.plan_model import plan_from_json

    try:
        return plan_from_json(file.read_text("utf-8"))
    except OSError as error:
        raise AwaitifyError(f"{file}: cannot be read ({error.strerror}); give the one of `plan --report`") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise AwaitifyError(f"{file}: is not a plan of this awaitify; make it again with `plan --report`") from error


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
