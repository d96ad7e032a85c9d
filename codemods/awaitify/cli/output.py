"""What a command says and writes: one line for an error, the summary, the reports, data on stdout."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console
from typer.core import TyperGroup

from awaitify.errors import AwaitifyError

if TYPE_CHECKING:
    from awaitify.report.view import Outcome

BROKEN_PIPE = 141
INTERRUPTED = 130
STOPPED = "interrupted; the project is as it was, or one `awaitify undo` away"
PIPED_WIDTH = 160


class OneLineErrors(TyperGroup):
    """Every expected error ends as one line on stderr, and never as a traceback."""

    def main(self, *args: Any, **options: Any) -> Any:
        """Runs a command and exits."""
        options["standalone_mode"] = False
        try:
            code = super().main(*args, **options)
            sys.stdout.flush()
            if code == INTERRUPTED:
                _complain(STOPPED, INTERRUPTED)
        except AwaitifyError as error:
            code = _complain(str(error), error.exit_code)
        except typer.Abort:
            code = _complain(STOPPED, INTERRUPTED)
        except BrokenPipeError:
            # whoever read stdout has gone; nothing more may be written to it, not even at the interpreter's end
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            code = BROKEN_PIPE
        except Exception as error:
            # click's own errors (typer may carry its own copy of click, so they are told by their method)
            if not hasattr(error, "format_message"):
                raise
            message = " ".join(error.format_message().split()).rstrip(".")  # type: ignore[attr-defined]
            code = _complain(f"{message}; see `awaitify --help`", 2)
        sys.exit(code if isinstance(code, int) else 0)


def save_reports(result: Outcome, report: Path | None, json: str | None) -> None:
    """Writes the files that the options ask for. Raises AwaitifyError, so call it before the project changes."""
    from awaitify.report import pages

    if report:
        plan = result.plan.to_json()
        texts = {"report.html": pages.html(result), "report.md": pages.markdown(result), "plan.json": plan}
        save_report(report, texts)
    save_data(json, result.plan.to_json() + "\n")


def tell(root: Path, result: Outcome, json: str | None, diff: bool) -> None:
    """Prints the summary, to stderr when stdout carries data, and that data."""
    from awaitify.report.summary import summary

    console = Console(stderr=diff or json == "-")
    typer.echo(summary(result, width=width(console), color=colored(console)), err=console.stderr, nl=False)
    if diff:
        print_data(_diff(root, result))
    if json == "-":
        print_data(result.plan.to_json() + "\n")


def _diff(root: Path, result: Outcome) -> str:
    from awaitify import git
    from awaitify.report.diff import unified_diff

    return unified_diff(result.before, result.after, git.prefix(root))


def save_report(folder: Path, texts: dict[str, str]) -> None:
    """Writes the files of a report (name -> text) into a folder, and names the first. Raises AwaitifyError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise AwaitifyError(f"{folder}: cannot be made ({error.strerror}); give --report another folder") from error
    for name, text in texts.items():
        _save(folder / name, text)
    say(f"Report: {folder / next(iter(texts))}")


def save_data(file: str | None, text: str) -> None:
    """Writes what `--json FILE` asks for; `-` is print_data's."""
    if file and file != "-":
        _save(Path(file), text)


def _save(file: Path, text: str) -> None:
    try:
        file.write_bytes(text.encode("utf-8", "replace"))
    except OSError as error:
        raise AwaitifyError(f"{file}: cannot be written ({error.strerror}); give another place") from error


def print_data(text: str) -> None:
    """Data on stdout, as it is."""
    sys.stdout.buffer.write(text.encode("utf-8", "surrogateescape"))
    sys.stdout.buffer.flush()


def say(text: str) -> None:
    typer.echo(text, err=True)


def _complain(message: str, code: int) -> int:
    typer.echo(f"awaitify: {' '.join(message.split())}", err=True)
    return code


def width(console: Console) -> int:
    """The terminal's columns; a pipe has room enough that few lines break."""
    return console.width if console.is_terminal else PIPED_WIDTH


def colored(console: Console) -> bool:
    return console.is_terminal and not console.no_color
