"""CPU of `awaitify plan` on a project, as a ratio to LibCST visiting it once and doing nothing.

    python benchmarks/ratios.py PATH [--python INTERPRETER] [--runs N]

The two commands run in turn, so that a machine that slows down slows both; the ratio is taken pair by pair. User and
system CPU of the whole process trees are counted, not the wall clock. The aim for `plan` is a ratio of at most 2.
Needs Unix. The codemod run is the one of `python -m libcst.tool`, with one process, on a copy of the Python files.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

NOOP = """
from libcst.codemod import VisitorBasedCodemodCommand


class Noop(VisitorBasedCodemodCommand):
    DESCRIPTION = "visits everything, changes nothing"
"""
SKIPPED = shutil.ignore_patterns(".*", "node_modules", "venv", "__pycache__")


def cpu(command: list[str], cwd: Path, env: dict[str, str], finished: str = "") -> float:
    """User and system CPU of a command and its children, in seconds. Raises RuntimeError when it fails; a command that
    says on stderr that it has finished may exit with 1 (the codemod does, for a file that it cannot parse)."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True)
    if done.returncode and not (finished and finished in done.stderr):
        raise RuntimeError(f"{command} exited with {done.returncode}: {done.stderr[-2000:]}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def prepared(path: Path, folder: Path) -> Path:
    """A copy of the project in folder, with the codemod that does nothing beside it."""
    copy = folder / "project"
    shutil.copytree(path, copy, ignore=SKIPPED, symlinks=True)
    (folder / "noop.py").write_text(NOOP)
    (folder / ".libcst.codemod.yaml").write_text("modules: ['noop']\nblacklist_patterns: []\nformatter: ['cat']\n")
    return copy


def measured(copy: Path, python: str, runs: int) -> list[tuple[float, float]]:
    """Pairs of CPU seconds: plan, and the visit that does nothing. One pair is run first and not counted."""
    folder = copy.parent
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")])}
    plan = [sys.executable, "-m", "awaitify", "plan", str(copy), *(["--python", python] if python else [])]
    noop = [sys.executable, "-m", "libcst.tool", "codemod", "-x", "noop.Noop", "-j", "1", str(copy)]
    return [(cpu(plan, folder, env), cpu(noop, folder, env, finished="Finished codemodding")) for _ in range(runs + 1)][
        1:
    ]


def main() -> None:
    """Prints each pair, and the median ratio."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("path", type=Path)
    parser.add_argument("--python", default="")
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        copy = prepared(options.path.resolve(), Path(folder))
        lines = sum(path.read_bytes().count(b"\n") for path in copy.rglob("*.py"))
        pairs = measured(copy, options.python, options.runs)
    print(f"{lines:,} lines of Python")
    for plan, noop in pairs:
        print(f"plan {plan:.2f} s, visit {noop:.2f} s, ratio {plan / noop:.2f}")
    print(f"median ratio {statistics.median(plan / noop for plan, noop in pairs):.2f}")


if __name__ == "__main__":
    main()
