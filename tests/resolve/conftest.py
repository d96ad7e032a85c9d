"""A tiny project in a temporary folder, and ty on it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from awaitify.resolve.model import Insertion, Point, VirtualFile
from awaitify.resolve.ty_server import TyServer


class Project:
    """Files by name, and points found by a marker in their text."""

    def __init__(self, root: Path, server: TyServer) -> None:
        self.root = root
        self.server = server
        self._texts: dict[str, bytes] = {}

    def write(self, files: dict[str, str]) -> None:
        """Writes and opens files, by their path below the root."""
        for name, text in files.items():
            path = self.path(name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode())
            self._texts[name] = text.encode()
        self.server.open(VirtualFile(self.path(name), text.encode()) for name, text in files.items())

    def show(self, name: str, *insertions: Insertion, appended: str = "") -> None:
        """Shows a file with virtual text."""
        self.server.open([VirtualFile(self.path(name), self._texts[name], insertions, appended)])

    def path(self, name: str) -> Path:
        """Where a file is."""
        return self.root / name

    def offset(self, name: str, marker: str, shift: int = 0) -> int:
        """The byte offset of a marker in a file's original text, plus a shift."""
        return self._texts[name].index(marker.encode()) + shift

    def point(self, name: str, marker: str, word: str = "") -> Point:
        """The point of a word inside a marker (its start when there is no word)."""
        before = len(marker[: marker.rindex(word)].encode()) if word else 0
        return Point(self.path(name), self.offset(name, marker) + before)

    def names(self, name: str, marker: str, word: str = "") -> list[str]:
        """The names of what a point means."""
        return [target.name for target in self.server.definitions([self.point(name, marker, word)])[0]]


@pytest.fixture
def project_at(tmp_path: Path) -> Iterator[Callable[..., Project]]:
    """Makes projects below tmp_path whose environment is the one that runs the tests."""
    with ExitStack() as stack:

        def make(python: Path | None = Path(sys.prefix), stubs: tuple[Path, ...] = ()) -> Project:
            root = tmp_path / "project"
            root.mkdir(exist_ok=True)
            return Project(root, stack.enter_context(TyServer(root, [root], python, stubs)))

        yield make


@pytest.fixture
def project(project_at: Callable[..., Project]) -> Project:
    """The project with the defaults."""
    return project_at()
