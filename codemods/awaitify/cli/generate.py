"""`awaitify generate`: code beside the conversion, on demand."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from awaitify.cli.options import PathArgument, Python
from awaitify.cli.output import print_data, say
from awaitify.cli.shared import root_of
from awaitify.errors import AwaitifyError

Output = Annotated[Path | None, typer.Option("--output", metavar="FILE", help="Write it there; never over a file.")]
Folder = Annotated[Path | None, typer.Option("--output", metavar="DIR", help="Write them there; never over a file.")]

app = typer.Typer(add_completion=False, rich_markup_mode=None, no_args_is_help=True)


@app.callback()
def generate() -> None:
    """Writes code that goes with an async service: to stdout, or to --output."""


@app.command()
def wrapper(
    target: Annotated[str, typer.Argument(metavar="MODULE:CLASS", help="A class without an async form.")],
    path: PathArgument = Path("."),
    python: Python = None,
    output: Output = None,
) -> None:
    """An async class over a sync one: each method in a thread."""
    from awaitify.generating.wrapper import wrapper as make

    made = make(root_of(path), target, python)
    if made.left:
        say(f"Left to `.wrapped`, since they are properties or class methods: {', '.join(made.left)}")
    _give({"": made.text}, output)


@app.command("session-context")
def session_context(
    path: PathArgument = Path("."),
    factory: Annotated[str, typer.Option("--factory", metavar="MODULE:NAME", help="The async_sessionmaker.")] = "",
    output: Output = None,
) -> None:
    """A session outside of requests: background work, scripts."""
    from awaitify.generating.texts import session_context as make

    _give({"": make(root_of(path), factory)}, output)


@app.command("timing-middleware")
def timing_middleware(output: Output = None) -> None:
    """A pure ASGI middleware that says how long requests take."""
    from awaitify.generating.texts import timing_middleware as make

    _give({"": make()}, output)


@app.command("load-test")
def load_test(
    address: Annotated[str, typer.Argument(metavar="PATH", help="What it asks for, as /items.")] = "/",
    concurrency: Annotated[int, typer.Option("--concurrency", min=1, help="Requests at once.")] = 50,
    requests: Annotated[int, typer.Option("--requests", min=1, help="In all.")] = 500,
    output: Output = None,
) -> None:
    """A script that asks a running service many things at once."""
    from awaitify.generating.texts import load_test as make

    _give({"": make(address, concurrency, requests)}, output)


@app.command("start-scripts")
def start_scripts(
    target: Annotated[str, typer.Option("--app", metavar="MODULE:APP", help="The app, as uvicorn takes it.")],
    output: Folder = None,
) -> None:
    """Scripts that start the service, in development and in production."""
    from awaitify.generating.texts import start_scripts as make

    _give(make(target), output, executable=True)


def _give(texts: dict[str, str], output: Path | None, executable: bool = False) -> None:
    """Prints the texts, or writes them: one to the file itself, named ones into the folder."""
    if output is None:
        print_data("\n".join(texts.values()))
        return
    files = {output / name if name else output: text for name, text in texts.items()}
    if taken := next((file for file in files if file.exists()), None):
        raise AwaitifyError(f"{taken}: exists already; give --output another place, or remove it")
    for file, text in files.items():
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
            file.chmod(0o755 if executable else 0o644)
        except OSError as error:
            raise AwaitifyError(f"{file}: cannot be written ({error.strerror}); give another place") from error
        say(f"Written: {file}")
