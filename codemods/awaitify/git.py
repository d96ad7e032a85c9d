"""What git knows about a folder. Asking takes no lock, and starts no program that the target configured.

Two functions add and remove a worktree, for `verify` alone, which runs the target's code anyway."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

from awaitify.errors import AwaitifyError, RefusedError

SECONDS = 60
# fsmonitor and hooks are programs that the target's configuration may name; nothing of the target is run.
QUIET = ("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "core.quotePath=false")


def repository(path: Path) -> Path | None:
    """The top folder of the repository that holds path, or None outside git."""
    for folder in (path, *path.parents):
        if (folder / ".git").exists():
            return folder
    return None


def prefix(path: Path) -> str:
    """path relative to its repository's top, with a slash at the end; empty at the top and outside git."""
    top = repository(path)
    inside = path.relative_to(top).as_posix() if top else "."
    return "" if inside == "." else f"{inside}/"


def modified(root: Path) -> tuple[str, ...]:
    """Tracked files, relative to the repository's top, that differ from the last commit. Empty outside git."""
    top = repository(root)
    return tuple(path for _, path in _status(top, "--untracked-files=no")) if top else ()


def untracked(root: Path, paths: Iterable[str]) -> tuple[str, ...]:
    """Those of the existing paths (relative to root) that git does not keep, ignored ones included."""
    top = repository(root)
    existing = [path for path in paths if (root / path).exists()]
    if not top or not existing:
        return ()
    tracked = set(filter(None, _run(root, "ls-files", "-z", "--cached", "--", ".").split("\0")))
    return tuple(path for path in existing if path not in tracked)


def changed(top: Path) -> tuple[str, ...]:
    """Files, relative to the repository's top, that differ from the last commit or are new to it; not ignored ones."""
    names = _run(top, "diff", "--name-only", "--no-renames", "-z", "HEAD").split("\0")
    return tuple(filter(None, [*names, *_run(top, "ls-files", "-z", "--others", "--exclude-standard").split("\0")]))


def ignored_files(top: Path) -> tuple[str, ...]:
    """Files that git ignores, relative to the repository's top; nothing below a folder that is ignored as a whole."""
    listed = _run(top, "ls-files", "-z", "--others", "--ignored", "--exclude-standard", "--directory").split("\0")
    return tuple(path for path in listed if path and not path.endswith("/"))


def commit_of(root: Path, revision: str) -> str:
    """The commit that a revision names. Raises AwaitifyError when it names none, or root is outside git."""
    if repository(root) is None:
        raise AwaitifyError(f"{root}: is not in a git repository; give --base the folder of the code before")
    try:
        return _run(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}").strip()
    except RefusedError as error:
        raise AwaitifyError(f"--base: {revision} is neither a revision of {root} nor a folder") from error


def add_worktree(top: Path, place: Path, commit: str) -> None:
    """Checks a commit out in a new folder. The user's branches stay as they are."""
    _run(top, "worktree", "add", "--detach", "--quiet", str(place), commit)


def remove_worktree(top: Path, place: Path) -> None:
    """Takes a worktree away again, its entry in the repository included; one that is not there is no error."""
    shutil.rmtree(place, ignore_errors=True)
    with contextlib.suppress(RefusedError):
        _run(top, "worktree", "remove", "--force", str(place))


def _status(top: Path, *options: str) -> list[tuple[str, str]]:
    """(two letters, path) of each entry. A rename has a second field, its old path, which is dropped."""
    entries = iter(_run(top, "status", "--porcelain=v1", "-z", *options).split("\0"))
    found: list[tuple[str, str]] = []
    for entry in filter(None, entries):
        found.append((entry[:2], entry[3:]))
        if "R" in entry[:2] or "C" in entry[:2]:
            next(entries, None)
    return found


def _run(folder: Path, *arguments: str) -> str:
    # A hook that starts awaitify sets GIT_DIR and its like; they would point git at another tree.
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    advice = "commit your work by hand, then add --allow-dirty"
    try:
        done = subprocess.run(
            ["git", *QUIET, "-C", str(folder), *arguments],
            capture_output=True,
            env={**clean, "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"},
            timeout=SECONDS,
            check=False,
        )
    except FileNotFoundError as error:
        raise RefusedError(f"{folder}: is a git repository, but git is not installed; {advice}") from error
    except subprocess.TimeoutExpired as error:
        raise RefusedError(f"{folder}: git did not answer within {SECONDS} seconds; {advice}") from error
    if done.returncode:
        detail = (os.fsdecode(done.stderr).strip().splitlines() or ["no message"])[0]
        raise RefusedError(f"{folder}: git cannot say whether the tree is clean ({detail}); {advice}")
    return os.fsdecode(done.stdout)
