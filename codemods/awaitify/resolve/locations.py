"""From the server's answers (a file, a line, a column) to targets with a qualified name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from tree_sitter import Tree

from awaitify.project.own_library import own_library
from awaitify.resolve import naming
from awaitify.resolve.model import Target, VirtualFile
from awaitify.resolve.positions import VirtualText


@dataclass(frozen=True, slots=True)
class Location:
    """A place that the server named. readable: False for a `vendored:` uri, which is no file; size: bytes of the
    name; is_module: the place is a whole file; word: the name that was asked about."""

    path: Path
    readable: bool
    line: int
    column: int
    size: int
    is_module: bool
    word: str = field(default="", compare=False)


class Locator:
    """Names locations. Each file is parsed at most once a batch; what was named once is remembered while its text
    stays as shown, since a location counts in the virtual text."""

    def __init__(self, root: Path, roots: Sequence[Path], files: Mapping[Path, VirtualText]) -> None:
        self._root = root
        self._roots = roots
        self._library = own_library(root)
        self._files = files  # the open ones, shared with the server
        self._known: dict[Path, tuple[VirtualText | None, dict[Location, Target | None]]] = {}

    def name(self, answers: Sequence[Sequence[Location]]) -> list[list[Target]]:
        """The targets of each answer, those in virtual text left out.

        A name in an import statement has the kind "import", and the dotted name that is imported.
        """
        by_path: dict[Path, set[Location]] = {}
        for location in (item for answer in answers for item in answer):
            by_path.setdefault(location.path, set()).add(location)
        found: dict[Location, Target | None] = {}
        for path, locations in by_path.items():
            found.update(self._name_in_file(path, locations))
        return [
            [target for item in answer if (target := _with_word(found[item], item.word)) is not None]
            for answer in answers
        ]

    def _name_in_file(self, path: Path, locations: Iterable[Location]) -> dict[Location, Target | None]:
        shown = self._files.get(path)
        known_of, known = self._known.get(path, (None, {}))
        if known_of is not shown:
            known = {}
        if missing := [item for item in locations if item not in known]:
            text = shown or self.text(path)
            tree, module = naming.parse(text.original), self._module(path, missing)
            known.update((item, self._target(item, tree, text, module)) for item in missing)
        self._known[path] = (shown, known)
        return known

    def text(self, path: Path) -> VirtualText:
        """What the server sees of a file: the open text, else that on the disk (empty when unreadable)."""
        if path in self._files:
            return self._files[path]
        try:
            return VirtualText(VirtualFile(path, path.read_bytes()))
        except OSError:
            return VirtualText(VirtualFile(path, b""))

    def _module(self, path: Path, locations: Sequence[Location]) -> str:
        if locations[0].readable:
            return naming.module_name(path, self._roots)
        return naming.module_name(path, [*path.parents[-2:-3:-1]])  # vendored:///stdlib/time.pyi

    def _target(self, location: Location, tree: Tree, shown: VirtualText, module: str) -> Target | None:
        path = location.path
        inside = self._in_project(location.path)
        if location.is_module:
            return Target(module, "module", path if location.readable else None, 0, inside)
        offset = shown.offset(location.line, location.column)
        if offset is None:
            return None
        named = naming.name_at(
            tree,
            offset,
            offset + max(location.size, 1),
            module if path.stem == "__init__" else module.rpartition(".")[0],
        )
        name = named.qualname if named.kind == "import" else ".".join(filter(None, (module, named.qualname)))
        return Target(name, named.kind, path if location.readable else None, named.offset, inside)

    def _in_project(self, path: Path) -> bool:
        is_own = self._library is not None and path.is_relative_to(self._library)
        return path.is_relative_to(self._root) and not is_own and not naming.in_library(path)


def _with_word(target: Target | None, word: str) -> Target | None:
    """A target of a file that cannot be read has no name but the one that was asked about."""
    if target is not None and target.path is None and target.kind == "unknown" and word:
        return replace(target, name=f"{target.name}.{word}")
    return target
