"""A tree may be that of a library that awaitify knows: its own package is the library then, not the service."""

from __future__ import annotations

import tomllib
from pathlib import Path

LIBRARIES = {"sqlmodel", "sqlalchemy", "fastapi", "starlette"}


def own_library(root: Path) -> Path | None:
    """The folder of the package that a tree distributes, where that is one of these libraries."""
    try:
        document = tomllib.loads((root / "pyproject.toml").read_text(errors="replace"))
    except (OSError, tomllib.TOMLDecodeError):
        return None
    project = document.get("project")
    name = str(project.get("name", "")).lower() if isinstance(project, dict) else ""
    folders = (folder / name for folder in (root, root / "src")) if name in LIBRARIES else ()
    return next((folder for folder in folders if (folder / "__init__.py").is_file()), None)
