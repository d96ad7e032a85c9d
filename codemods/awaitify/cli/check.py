"""`awaitify check`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from awaitify.cli.options import Exclude, PathArgument, Python, Rules
from awaitify.cli.output import print_data, say
from awaitify.cli.shared import root_of, watched
from awaitify.config import suggestion
from awaitify.errors import AwaitifyError

if TYPE_CHECKING:
    from awaitify.checking.baseline import Comparison
    from awaitify.findings import Finding

FORMATS = ("text", "json", "github", "sarif")
Format = Annotated[str, typer.Option("--format", help=f"{', '.join(FORMATS[:-1])} or {FORMATS[-1]}.")]
Rule = Annotated[list[str] | None, typer.Option("--rule", help="Only this rule. Repeatable.")]
Baseline = Annotated[Path | None, typer.Option("--baseline", metavar="FILE", help="Known findings, not counted.")]
Update = Annotated[bool, typer.Option("--update-baseline", help="Drop from it what is repaired; make it if missing.")]
ListRules = Annotated[bool, typer.Option("--list-rules", help="Show the rules and end.")]
Tests = Annotated[bool | None, typer.Option("--tests/--no-tests", help="Check the tests too.", show_default="yes")]


def check(
    path: PathArgument = Path("."),
    format: Format = "text",
    rule: Rule = None,
    baseline: Baseline = None,
    update_baseline: Update = False,
    exclude: Exclude = None,
    python: Python = None,
    rules: Rules = None,
    tests: Tests = None,
    list_rules: ListRules = False,
) -> None:
    """Finds what blocks the event loop, un-awaited coroutines and lazy loads. Exits with 1 when it finds something."""
    if list_rules:
        from awaitify.report.findings.text import rules as listing

        typer.echo(listing(), nl=False)
        return
    _refuse_wrong_use(format, rule or [], baseline, update_baseline)
    root = root_of(path)
    flags = {"exclude": tuple(exclude or ()), "python": python, "rules": tuple(rules or ()), "tests": tests}
    found = [item for item in _findings(root, flags) if not rule or item.rule in rule]
    compared = _compared(found, baseline, update_baseline)
    _tell(root, compared, format)
    if compared.new:
        raise typer.Exit(1)


def _refuse_wrong_use(format: str, rule: Sequence[str], baseline: Path | None, update: bool) -> None:
    from awaitify.findings import RULES

    if format not in FORMATS:
        raise AwaitifyError(f"--format: {format} is none of {', '.join(FORMATS)}{suggestion(format, FORMATS)}")
    for name in rule:
        if name not in RULES:
            raise AwaitifyError(f"--rule: {name} is none of {', '.join(RULES)}{suggestion(name, RULES)}")
    if update and baseline is None:
        raise AwaitifyError("--update-baseline: of which file? Give it with --baseline FILE")
    if update and rule:
        raise AwaitifyError("--update-baseline: needs every rule; leave out --rule")


def _findings(root: Path, flags: dict[str, object]) -> list[Finding]:
    from awaitify.config import load_settings

    settings = load_settings(root, flags)
    from awaitify.checking.checker import check_project

    return watched(lambda progress: check_project(root, settings, progress))


def _compared(found: list[Finding], file: Path | None, update: bool) -> Comparison:
    """What is new. An update makes the file, or takes out of it what is repaired; it never adds to one."""
    from awaitify.checking.baseline import Comparison, compare, load, save, updated

    if file is None:
        return Comparison(tuple(found))
    if not update:
        return compare(found, load(file))
    entries = updated(found, load(file) if file.exists() else None)
    save(file, entries)
    compared = compare(found, entries)
    say(f"{file}: {entries.total()} known findings.")
    if compared.new:
        say(
            f"{len(compared.new)} new findings were not added: a baseline only shrinks. "
            "Repair them, or write `# awaitify: ignore[rule] reason` beside them."
        )
    return compared


def _tell(root: Path, compared: Comparison, format: str) -> None:
    """The findings on stdout; the headline there too, unless stdout carries data."""
    from awaitify import git
    from awaitify.report.findings import data, github, sarif, text

    found = compared.new
    if format == "text":
        print_data(text.render(found))
    elif format == "json":
        print_data(data.render(found, compared.known, compared.gone))
    else:
        print_data((github if format == "github" else sarif).render(found, git.prefix(root)))
    typer.echo(text.headline(found, compared.known, compared.gone), err=format != "text")
