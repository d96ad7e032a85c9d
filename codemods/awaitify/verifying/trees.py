"""Both trees side by side in a temporary folder: a git worktree or a copy each, removed again whatever happens."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from awaitify import git

NOT_COPIED = shutil.ignore_patterns(
    ".git",
    "__pycache__",
    "*.pyc",
    ".venv",
    "venv",
    "node_modules",
    ".pytest_cache",
    ".mypy_cache",
    ".ruff_cache",
    ".tox",
)
LARGEST_IGNORED = 20_000_000  # bytes; larger files that git ignores are dumps rather than settings


@dataclass(frozen=True, slots=True)
class Tree:
    """top: the copy of the whole repository; below: where the project lies in it ("" at the top)."""

    top: Path
    below: str

    @property
    def project(self) -> Path:
        """The copy of the project's folder."""
        return self.top / self.below

    def copy_to(self, folder: Path) -> Tree:
        """A fresh copy in an empty folder; it keeps the name of the checkout, which some imports rely on."""
        top = folder / self.top.name
        shutil.copytree(self.top, top, symlinks=True)
        return Tree(top, self.below)


@contextmanager
def side_by_side(root: Path, base: str) -> Iterator[tuple[Path, Tree, Tree]]:
    """A temporary folder, the tree of base (a revision or a folder), and that of root as it is now, uncommitted work
    included. Raises AwaitifyError for a base that is neither."""
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="awaitify-verify-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        before, after = folder / "before", folder / "after"
        top = git.repository(root)
        if Path(base).is_dir():
            yield folder, _copied(Path(base).resolve(), before), _copied(root, after)
            return
        revision = git.commit_of(root, base)
        assert top is not None  # commit_of has refused a folder outside git
        below = root.relative_to(top).as_posix()
        for place, commit in ((before / top.name, revision), (after / top.name, git.commit_of(root, "HEAD"))):
            stack.callback(git.remove_worktree, top, place)
            git.add_worktree(top, place, commit)
        _overlay(top, after / top.name)
        for place in (before / top.name, after / top.name):
            _settings_from(top, place)
        yield folder, Tree(before / top.name, below), Tree(after / top.name, below)


def _copied(source: Path, folder: Path) -> Tree:
    shutil.copytree(source, folder / source.name, symlinks=True, ignore=NOT_COPIED)
    return Tree(folder / source.name, "")


def _overlay(top: Path, place: Path) -> None:
    """The uncommitted work of the repository, on top of a worktree of its last commit."""
    for path in git.changed(top):
        source, target = top / path, place / path
        if source.is_symlink() or source.is_file():
            _put(source, target)
        elif not source.exists() and (target.is_symlink() or target.is_file()):
            target.unlink()


def _settings_from(top: Path, place: Path) -> None:
    """Files that git ignores (.env, a local database) but the service may need; whole ignored folders stay out."""
    for path in git.ignored_files(top):
        source = top / path
        usable = source.is_file() and not source.is_symlink() and source.stat().st_size <= LARGEST_IGNORED
        if usable and source.suffix not in (".pyc", ".log") and not (place / path).exists():
            _put(source, place / path)


def _put(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.is_symlink() or target.is_file():
        target.unlink()
    shutil.copy2(source, target, follow_symlinks=False)
