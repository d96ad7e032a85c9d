"""Finds the project's Python files and decodes each once to canonical UTF-8."""

from __future__ import annotations

import hashlib
import io
import os
import re
import sys
import tokenize
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pathspec

from awaitify.project.own_library import own_library

ALWAYS_SKIPPED = {
    ".git", ".hg", ".tox", ".nox", ".venv", "venv", "node_modules", "__pycache__", ".mypy_cache", ".ruff_cache",
    ".pytest_cache", "site-packages", ".awaitify", ".eggs",
}  # fmt: skip
_IMPORT = re.compile(rb"^[ \t]*(?:from|import)[ \t]+(\w[\w.]*)(?:[ \t]+import[ \t(]+(\w+))?", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Source:
    """One file: its bytes as on disk, its canonical UTF-8 text (no byte order mark) and what is needed to go back."""

    path: Path
    relative: str
    module: str
    raw: bytes
    text: bytes
    encoding: str

    @property
    def sha256(self) -> str:
        """The hash of the bytes on disk, by which a stale plan is known."""
        return hashlib.sha256(self.raw).hexdigest()


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file that the run goes on without, and why."""

    relative: str
    why: str


def encode(source: Source, text: bytes) -> bytes:
    """Canonical text back in the file's own encoding and byte order mark."""
    if source.encoding == "utf-8-sig":
        return b"\xef\xbb\xbf" + text
    return text if source.encoding == "utf-8" else text.decode().encode(source.encoding)


def _ignore_specs(root: Path) -> pathspec.PathSpec:
    lines: list[str] = []
    for folder in (root, *root.parents):
        ignore = folder / ".gitignore"
        if ignore.is_file() and folder == root:
            lines += ignore.read_text(errors="replace").splitlines()
        if (folder / ".git").exists():
            break
    return pathspec.PathSpec.from_lines("gitwildmatch", lines)


def python_files(root: Path, exclude: Sequence[str] = ()) -> Iterator[Path]:
    """The .py files below root in sorted order; without what .gitignore or `exclude` names, and without links."""
    ignored = _ignore_specs(root)
    excluded = pathspec.PathSpec.from_lines("gitwildmatch", exclude)
    library = own_library(root)
    for folder, subfolders, names in os.walk(root):
        base = Path(folder)
        kept = []
        for name in sorted(subfolders):
            relative = (base / name).relative_to(root).as_posix() + "/"
            is_environment = (base / name / "pyvenv.cfg").exists()
            if name in ALWAYS_SKIPPED or is_environment or (base / name).is_symlink() or base / name == library:
                continue
            if not ignored.match_file(relative) and not excluded.match_file(relative):
                kept.append(name)
        subfolders[:] = kept
        for name in sorted(names):
            path = base / name
            if not name.endswith(".py") or path.is_symlink():
                continue
            relative = path.relative_to(root).as_posix()
            if not ignored.match_file(relative) and not excluded.match_file(relative):
                yield path


def source_roots(root: Path, files: Sequence[Path]) -> list[Path]:
    """The folders that imports start from: a package's first parent without `__init__.py`, `src` folders, and root.

    A package that absolute imports name in full (`from src.app import x`) keeps the folder above it; one whose own
    imports start inside it is a root as well.
    """
    with_init = {path.parent for path in files if path.name == "__init__.py"}
    roots: dict[Path, None] = {}
    for path in files:
        folder = path.parent
        while folder in with_init and folder != root.parent:
            folder = folder.parent
        if folder == root or folder in roots or root not in (folder, *folder.parents):
            continue
        if with_init.intersection(folder.parents):
            continue  # a namespace folder inside a package belongs to the package
        if folder.name == "src" or path.parent in with_init or path.name in ("main.py", "app.py", "manage.py"):
            roots[folder] = None
    imported = {path: _imports(path) for path in files}
    mentioned = Counter(module.partition(".")[0] for found in imported.values() for module, _ in found)
    packages = {folder for folder in with_init - {root} if folder.parent not in with_init}
    kept = {folder for folder in roots if not _is_named_from_above(folder, root, mentioned, files)}
    kept |= {folder for folder in packages | roots.keys() if _starts_own_imports(folder, imported)}
    return [root, *sorted(kept, key=lambda folder: (len(folder.parts), str(folder)))]


def _is_named_from_above(folder: Path, root: Path, mentioned: Counter[str], files: Sequence[Path]) -> bool:
    """Whether imports spell the folder itself as a package below root (a namespace package). `src` is one only where
    they do so more often than they begin with what it holds."""
    inside = {path.relative_to(folder).parts[0] for path in files if folder in path.parent.parents}
    above = mentioned[folder.relative_to(root).parts[0]]
    other = sum(mentioned[name] for name in inside - sys.stdlib_module_names) if folder.name == "src" else 0
    return above > 0 and above >= other


def _starts_own_imports(package: Path, imported: Mapping[Path, Sequence[tuple[str, str]]]) -> bool:
    """Whether most absolute imports in a folder that mean its own modules start inside it: `app/` on `sys.path`, as
    when the service starts there, although it has an `__init__.py`, or the odd import names it in full."""
    inside = Counter(item for path, found in imported.items() if package in path.parents for item in found)
    named = sum(count for (module, _), count in inside.items() if module.partition(".")[0] == package.name)
    held = (count for (module, name), count in inside.items() if _is_held(package, module, name))
    return sum(held) > named


def _is_held(folder: Path, module: str, name: str) -> bool:
    """Whether an import from a folder on finds a module of two parts, or a name that its module defines."""
    target = folder.joinpath(*module.split("."))
    if "." in module:
        return target.with_suffix(".py").is_file() or target.joinpath("__init__.py").is_file()
    if not name or module in sys.stdlib_module_names:
        return False
    if target.joinpath(f"{name}.py").is_file() or target.joinpath(name, "__init__.py").is_file():
        return True
    home = target / "__init__.py" if target.is_dir() else target.with_suffix(".py")
    defined = rb"^(?:(?:async )?def|class) %b\b|^%b\s*[:=]" % (name.encode(), name.encode())
    return home.is_file() and re.search(defined, home.read_bytes(), re.MULTILINE) is not None


def _imports(path: Path) -> list[tuple[str, str]]:
    """(module, the first name that is imported from it) of the absolute imports of a file."""
    try:
        found = _IMPORT.findall(path.read_bytes())
    except OSError:
        return []
    return [(module.decode(errors="replace"), name.decode(errors="replace")) for module, name in found]


def module_name(path: Path, roots: Sequence[Path]) -> str:
    """The dotted name under the deepest source root that holds the file."""
    holders = [root for root in roots if root in path.parents]
    base = max(holders, key=lambda root: len(root.parts))
    parts = list(path.relative_to(base).with_suffix("").parts)
    if parts[-1] == "__init__":
        parts.pop()
    return ".".join(parts) or "__init__"


def read(path: Path, root: Path, module: str) -> Source | Unreadable:
    """Decodes one file (PEP 263); lone carriage returns and undecodable bytes are refused."""
    relative = path.relative_to(root).as_posix()
    try:
        raw = path.read_bytes()
        encoding, _ = tokenize.detect_encoding(io.BytesIO(raw).readline)
        text = raw.decode(encoding).encode()
    except (OSError, SyntaxError, UnicodeError) as error:
        return Unreadable(relative, str(error))
    if b"\r" in text.replace(b"\r\n", b""):
        return Unreadable(relative, "lone carriage returns as line ends")
    return Source(path, relative, module, raw, text, encoding)
