"""Runs the target's code in a copy of one of its trees: environment, time limit, nothing left running."""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from awaitify.errors import AwaitifyError
from awaitify.resolve.environment import find_python
from awaitify.resolve.model import ResolveError

PROBES = Path(__file__).parent / "probes"
DROPPED = ("PYTEST_", "VIRTUAL_ENV", "GIT_", "AWAITIFY_", "PYTHONPATH", "PYTHONHOME")
EDITABLE = """
import sys
print(*[p for p in sys.path if p], sep="\\n")
for finder in sys.meta_path:
    mapping = getattr(sys.modules.get(getattr(finder, "__module__", None)), "MAPPING", None) or {}
    print(*[p.replace("\\\\", "/").rsplit("/", 1)[0] for p in mapping.values() if isinstance(p, str)], sep="\\n")
"""


@dataclass(frozen=True, slots=True)
class Target:
    """How to run the service. root: the user's own folder, never run in; app: `module:app`; tests: a command.

    environment and setup may say {tree} and {tmp}. editable: folders below root that the environment imports from."""

    root: Path
    python: Path
    app: str = ""
    tests: str = ""
    setup: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 1800
    editable: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ended:
    """A finished command. code: None when it ran out of time."""

    code: int | None
    output: str

    @property
    def last_line(self) -> str:
        """The last line of its output that is not empty."""
        return next((line.strip() for line in reversed(self.output.splitlines()) if line.strip()), "no output")[:300]


def interpreter(root: Path, python: Path | None) -> Path:
    """The target's own interpreter. Raises AwaitifyError when there is none."""
    try:
        prefix = find_python(root, python)
    except ResolveError as error:
        raise AwaitifyError(f"--python: {error}") from error
    for name in ("bin/python", "Scripts/python.exe"):
        if prefix is not None and (prefix / name).exists():
            return prefix / name
    raise AwaitifyError(f"{root}: no environment in which the service runs; make .venv there, or give --python")


def editable_folders(root: Path, python: Path) -> tuple[str, ...]:
    """Folders of the project from which its environment imports (editable installs), relative to root."""
    done = subprocess.run([python, "-c", EDITABLE], capture_output=True, text=True, cwd="/", env=_clean(), timeout=60)
    folders = {Path(line).resolve() for line in done.stdout.splitlines() if line}
    inside = {folder.relative_to(root) for folder in folders if folder.is_relative_to(root)}
    return tuple(sorted(str(path) for path in inside if "site-packages" not in path.parts))


def run_setup(target: Target, tree: Path, folder: Path) -> str:
    """Runs the command that prepares the database. Gives the reason when it fails, else nothing."""
    if not target.setup:
        return ""
    ended = run(target, ["sh", "-c", _filled(target.setup, tree, folder)], tree, folder, {})
    return "" if ended.code == 0 else f"--setup failed: {ended.last_line}"


def run_tests(target: Target, tree: Path, folder: Path, out: Path) -> Ended:
    """Runs the test command with the probes inside pytest. Their files are in out then."""
    words = shlex.split(_filled(target.tests, tree, folder))
    words = [str(target.python), *words[1:]] if words[0] in ("python", "python3") else words
    return run(
        target, words, tree, folder, {"PYTEST_ADDOPTS": "-p awaitify_probes.pytest_plugin", **_probe(target, tree, out)}
    )


def run_probe(target: Target, name: str, arguments: Sequence[str], tree: Path, folder: Path, out: Path) -> Ended:
    """Runs `python -m awaitify_probes.NAME ARGUMENTS`."""
    words = [str(target.python), "-m", f"awaitify_probes.{name}", *arguments]
    return run(target, words, tree, folder, _probe(target, tree, out))


def _probe(target: Target, tree: Path, out: Path) -> dict[str, str]:
    out.mkdir(parents=True, exist_ok=True)
    return {
        "AWAITIFY_PROBE_OUT": str(out),
        "AWAITIFY_PROBE_CODE": str(tree),
        "AWAITIFY_PROBE_ORIGINAL": str(target.root),
        "AWAITIFY_PROBE_APP": target.app,
    }


def run(target: Target, words: Sequence[str], tree: Path, folder: Path, extra: Mapping[str, str]) -> Ended:
    """Runs a command in a process group of its own; whatever it leaves running is ended with it."""
    temporary = folder / "tmp"
    temporary.mkdir(exist_ok=True)
    environment = {**_environment(target, tree, folder), "TMPDIR": str(temporary), **extra}
    log = folder / "log"
    try:
        with log.open("wb") as out, _group(words, tree, environment, out) as process:
            code = process.wait(target.seconds)
    except subprocess.TimeoutExpired:
        return Ended(None, f"no end after {target.seconds:.0f} seconds")
    except OSError as error:
        return Ended(127, f"{words[0]}: cannot be started ({error.strerror})")
    return Ended(code, log.read_text("utf-8", "replace"))


@contextlib.contextmanager
def _group(words: Sequence[str], tree: Path, environment: Mapping[str, str], out: object) -> Iterator[subprocess.Popen]:
    process = subprocess.Popen(
        words,
        cwd=tree,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=out,  # type: ignore[arg-type]
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _environment(target: Target, tree: Path, folder: Path) -> dict[str, str]:
    environment = {**_clean(), **{name: _filled(value, tree, folder) for name, value in target.environment.items()}}
    environment["PATH"] = os.pathsep.join([str(target.python.parent), environment.get("PATH", "")])
    environment["VIRTUAL_ENV"] = str(target.python.parent.parent)
    paths = [*(str(tree / place) for place in target.editable), str(PROBES), target.environment.get("PYTHONPATH", "")]
    return {**environment, "PYTHONPATH": os.pathsep.join(filter(None, paths))}


def _clean() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(DROPPED)}
    return {**kept, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "0"}


def _filled(text: str, tree: Path, folder: Path) -> str:
    return text.replace("{tree}", str(tree)).replace("{tmp}", str(folder / "tmp"))
