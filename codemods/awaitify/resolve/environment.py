"""The target's Python environment, found and read as folders: its interpreter is never run."""

from __future__ import annotations

import atexit
import os
import re
import shutil
import sys
import sysconfig
import tempfile
from pathlib import Path

from awaitify.resolve.links import link
from awaitify.resolve.model import ResolveError
from awaitify.resolve.shadowed import MODULES, show_hidden
from awaitify.resolve.sqlalchemy_view import is_untyped, show

FALLBACK_PACKAGES = ("sqlalchemy", "fastapi", "starlette", "sqlmodel", "pydantic", "greenlet")
FOLDERS = (".venv", "venv", "env", ".env")
_NEEDED_WITH = {"pydantic": ("pydantic_core", "annotated_types", "typing_inspection")}
_temporary: list[Path] = []


def find_python(root: Path, explicit: Path | None) -> Path | None:
    """The prefix of the target's environment: the one given, the active one (venv, conda), or a `.venv`, `venv`, `env`
    of the root or above it up to the git root. None: none found. Raises ResolveError when the given one is none."""
    if explicit is not None:
        prefix = _prefix(explicit)
        if prefix is None:
            raise ResolveError(f"{explicit} is not a Python environment: give its folder or its interpreter")
        return prefix
    candidates = [Path(active)] if (active := os.environ.get("VIRTUAL_ENV")) else []
    if (conda := os.environ.get("CONDA_PREFIX")) and os.environ.get("CONDA_DEFAULT_ENV") != "base":
        candidates.append(Path(conda))
    candidates += [root / name for name in FOLDERS]
    folder = root
    while not (folder / ".git").exists() and folder != folder.parent:
        folder = folder.parent
        candidates += [folder / name for name in FOLDERS]
    return next((prefix for path in candidates if (prefix := _prefix(path)) is not None), None)


def _prefix(path: Path) -> Path | None:
    """The environment of a folder or of an interpreter inside it; links of interpreters are not followed."""
    path = Path(os.path.abspath(path))
    if path.is_file():
        path = path.parent.parent
    return path if site_packages(path) else None


def site_packages(python: Path) -> list[Path]:
    """The package folders of an environment's prefix."""
    patterns = ("lib/python3*/site-packages", "lib64/python3*/site-packages", "lib/python3*/dist-packages")
    found = [path for pattern in patterns for path in sorted(python.glob(pattern))]
    windows = python / "Lib" / "site-packages"
    if windows.is_dir():
        found.append(windows)
    return list({path.resolve(): path for path in reversed(found)}.values())[::-1]


def installed(python: Path | None, distribution: str) -> str | None:
    """The version of a distribution in an environment, by the names of its `.dist-info` folders; None: not there."""
    wanted = _normalised(distribution)
    for folder in site_packages(python) if python else []:
        for info in sorted(folder.glob("*.dist-info")):
            name, _, version = info.name.removesuffix(".dist-info").partition("-")
            if _normalised(name) == wanted and version:
                return version
    return None


def _normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def fallback_paths(python: Path | None) -> list[Path]:
    """Folders that each show one package: awaitify's own where the target lacks it or has it untyped, else the
    target's, where a module of it hides types from the checker, or stubs of a release before it had types hide it all.

    Temporary folders of links (copies where links are not allowed), removed at exit. They belong after generated stubs
    in the search order. What an annotation of such a package needs besides comes along.
    """
    own = Path(sysconfig.get_paths()["purelib"])
    folders = site_packages(python) if python else []
    untyped = is_untyped(installed(python, "sqlalchemy"))
    temporary: Path | None = None
    paths: list[Path] = []
    for package in FALLBACK_PACKAGES:
        replaced = package == "sqlalchemy" and untyped
        home = next((folder / package for folder in folders if _has([folder], package)), None)
        if home is not None and not replaced and package not in MODULES:
            continue
        temporary = temporary or temporary_folder()
        if home is not None and not replaced:
            stubs = f"{package}-stubs" if (home / "py.typed").is_file() and _has(folders, f"{package}-stubs") else ""
            shown = show_hidden(home, temporary / package, stubs or package)
            if shown is None and stubs:
                shown = _folder_of(temporary / package, home.parent, [package], stubs)
            paths += [shown] if shown is not None else []
        elif replaced and (own / package).is_dir():
            paths.append(show(own / package, temporary / package))
        elif (own / package).is_dir():
            names = [package, *(name for name in _NEEDED_WITH.get(package, ()) if not _has(folders, name))]
            paths.append(_folder_of(temporary / package, own, names))
    return paths


def _has(folders: list[Path], package: str) -> bool:
    return any((folder / package).is_dir() or (folder / f"{package}.py").is_file() for folder in folders)


def _folder_of(folder: Path, own: Path, packages: list[str], name: str = "") -> Path:
    folder.mkdir()
    for package in packages:
        if not (own / package).is_dir():
            continue
        link(own / package, folder / (name or package))
    return folder


def temporary_folder() -> Path:
    """A folder that is removed at exit."""
    folder = Path(tempfile.mkdtemp(prefix="awaitify-packages-"))
    _temporary.append(folder)
    return folder


@atexit.register
def remove_temporary() -> None:
    """Removes the temporary folders; for processes that end without `atexit`."""
    while _temporary:
        shutil.rmtree(_temporary.pop(), ignore_errors=True)


def bare_environment(folder: Path) -> Path:
    """Makes an environment without packages in a folder, for a target that has none: else the checker would find one
    by itself (its own, the one it was started from), and answers would depend on the machine."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    packages = folder / ("Lib" if os.name == "nt" else f"lib/python{version}") / "site-packages"
    packages.mkdir(parents=True)
    home = Path(sys._base_executable).parent  # type: ignore[attr-defined]
    text = f"home = {home}\ninclude-system-site-packages = false\nversion = {sys.version.split()[0]}\n"
    (folder / "pyvenv.cfg").write_text(text, encoding="utf-8")
    scripts = folder / ("Scripts" if os.name == "nt" else "bin")
    scripts.mkdir()
    return folder
