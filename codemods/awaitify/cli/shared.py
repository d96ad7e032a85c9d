"""What several commands do alike: the folder, the settings, a run of the pipeline with its steps shown."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from rich.console import Console

from awaitify.errors import AwaitifyError

if TYPE_CHECKING:
    from awaitify.report.view import Outcome

Result = TypeVar("Result")


def root_of(path: Path) -> Path:
    """The project's folder, absolute. Raises AwaitifyError when there is none to read."""
    if not path.exists():
        raise AwaitifyError(f"{path}: does not exist; give the folder of the project")
    if not path.is_dir():
        raise AwaitifyError(f"{path}: is a file; give the folder of the project, {path.parent}")
    if not os.access(path, os.R_OK | os.X_OK):
        raise AwaitifyError(f"{path}: cannot be read; check its permissions")
    return path.resolve()


def check_stdout(diff: bool, json: str | None) -> None:
    if diff and json == "-":
        raise AwaitifyError("--diff and --json -: both need stdout; give --json a file")


def planned(root: Path, flags: dict[str, Any]) -> Outcome:
    """A run of `plan` up to its result. Raises AwaitifyError for wrong settings before anything heavy is loaded."""
    from awaitify.config import load_settings

    settings = load_settings(root, flags)
    from awaitify.pipeline import plan_project

    return watched(lambda progress: plan_project(root, settings, progress=progress))


def watched(work: Callable[[Callable[[str], None]], Result]) -> Result:
    """Runs the work, with its steps on stderr where a person watches."""
    console = Console(stderr=True)
    if not console.is_terminal:
        return work(lambda step: None)
    with console.status("reading") as shown:
        return work(lambda step: shown.update(step))


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Makes a request to end (SIGTERM, SIGHUP) an interrupt, so that what was made for the moment is removed."""
    names = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    kept = [(name, signal.signal(name, signal.default_int_handler)) for name in names]
    try:
        yield
    finally:
        for name, handler in kept:
            signal.signal(name, handler)
