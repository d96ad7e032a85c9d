"""The command line: options, exit codes, and what goes to which stream.

Exit codes: 0 done; 1 `check` found something, or `plan --exit-code` would change
something; 2 wrong use or configuration; 3 refused, or `verify` found something worse.
"""

from __future__ import annotations

from typing import Annotated

import typer

from awaitify.cli import apply, check, explain, generate, plan, rules, status, undo, verify
from awaitify.cli.output import OneLineErrors

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


COMMANDS = (plan.plan, apply.apply, check.check, verify.verify, status.status, explain.explain, rules.rules, undo.undo)
for command in COMMANDS:
    app.command()(command)
app.add_typer(generate.app, name="generate")
