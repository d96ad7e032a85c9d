"""Finds the source of library modules by import name or by file; each is read once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from awaitify.analysis.knowledge.modules import Module, read_module


class ModuleFinder:
    """search_paths: where packages stand. A package elsewhere is found from its file, and its folder is remembered."""

    def __init__(self, search_paths: Sequence[Path]) -> None:
        self._roots = sorted((path.resolve() for path in search_paths), key=lambda path: -len(path.parts))
        self._modules: dict[str, Module | None] = {}

    def named(self, dotted: str) -> Module | None:
        """The module of this import name; None when there is no readable source."""
        if dotted not in self._modules:
            self._modules[dotted] = self._find(dotted)
        return self._modules[dotted]

    def _find(self, dotted: str) -> Module | None:
        relative = Path(*dotted.split("."))
        for root in self._roots:
            for path in (root / relative / "__init__.py", root / relative.with_suffix(".py")):
                if path.is_file():
                    return read_module(path, dotted)
        return None

    def of_file(self, path: Path) -> Module | None:
        """The module of this file, or the source that a stub file beside it describes."""
        for root in self._roots:
            if path.is_relative_to(root):
                parts = path.relative_to(root).with_suffix("").parts
                break
        else:
            root = next(parent for parent in path.parents if not (parent / "__init__.py").exists())
            self._roots.append(root)
            parts = path.relative_to(root).with_suffix("").parts
        names = [parts[0].removesuffix("-stubs"), *parts[1:]]
        return self.named(".".join(names[:-1] if names[-1] == "__init__" else names))
