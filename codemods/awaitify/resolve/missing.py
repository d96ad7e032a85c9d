"""Packages that a service imports and its environment lacks: what it calls of them is unknown to the type checker."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from awaitify.plan_model import Reason
from awaitify.project.index import Project
from awaitify.project.nodes import File, ImportedName

LISTED = 6
NO_ENVIRONMENT = "no environment of the service was found, so calls of {} are unknown: give one with --python"
NOT_THERE = "calls of {} are unknown: not installed in the service's environment (--python chooses another)"


def missing_packages(
    project: Project, python: Path | None, paths: Sequence[Path], unresolved: Collection[str]
) -> Reason | None:
    """A warning about what files with unresolved calls import, and is not there. python: the environment, if any;
    paths: the folders in which packages are looked for; unresolved: those files, relative to the root."""
    first: dict[str, tuple[File, ImportedName]] = {}
    for file in project.files:
        for item in file.imports if file.source.relative in unresolved else ():
            package = item.module.partition(".")[0]
            if item.is_top and not item.level and package and package not in sys.stdlib_module_names:
                first.setdefault(package, (file, item))
    homes = [*paths, *_linked(paths)]
    own = {part for file in project.files for part in file.source.relative.removesuffix(".py").split("/")}
    lacking = [name for name in sorted(first) if name not in own and not _is_there(name, homes)]
    if not lacking:
        return None
    names = ", ".join(lacking[:LISTED])
    names += f" and {len(lacking) - LISTED} more packages" if len(lacking) > LISTED else ""
    file, item = first[lacking[0]]
    message = (NOT_THERE if python else NO_ENVIRONMENT).format(names)
    return Reason("missing-package", message, file.source.relative, item.node.start_point[0] + 1)


def _is_there(package: str, homes: Iterable[Path]) -> bool:
    """Whether a folder has the package or module, compiled ones and stubs included."""
    for home in homes:
        if (home / package).is_dir() or (home / f"{package}-stubs").is_dir():
            return True
        if any(home.glob(f"{package}.*")):
            return True
    return False


def _linked(paths: Iterable[Path]) -> list[Path]:
    """The folders that `.pth` files add: those of editable installs."""
    found = []
    for path in paths:
        for file in sorted(path.glob("*.pth")):
            lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
            found += [path / line.strip() for line in lines if line.strip() and not line.startswith(("import ", "#"))]
    return [folder for folder in found if folder.is_dir()]
