"""Files that are planned but not on the disk: the checker only imports what it finds in a folder.

They are shown as stubs of a partial stub package, which adds modules to a package that exists elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


class Overlay:
    """A search folder for files that exist nowhere else; it is made. roots: where the imports of the project start."""

    def __init__(self, folder: Path, roots: Sequence[Path]) -> None:
        self.folder = folder
        self._roots = roots
        self._planned: dict[Path, Path] = {}  # the stub -> the path that it stands for
        folder.mkdir(parents=True)

    def show(self, path: Path, text: bytes) -> Path | None:
        """Writes the stub of a file and gives its path; None when the file exists, or lies in no source root."""
        holders = [root for root in self._roots if path.is_relative_to(root)]
        if path.exists() or not holders:
            return None
        first, *rest = path.relative_to(max(holders, key=lambda root: len(root.parts))).parts
        stub = self.folder.joinpath(f"{first}-stubs" if rest else first, *rest).with_suffix(".pyi")
        stub.parent.mkdir(parents=True, exist_ok=True)
        if rest:
            (self.folder / f"{first}-stubs" / "py.typed").write_text("partial\n", encoding="utf-8")
        stub.write_bytes(text)
        self._planned[stub] = path
        return stub

    def original(self, path: Path) -> Path:
        """The path that a stub stands for; any other path as it is."""
        return self._planned.get(path, path)
