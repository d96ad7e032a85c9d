"""Which async driver each database gets."""

from __future__ import annotations

from pathlib import Path

from awaitify.planning.engines import DRIVERS
from awaitify.resolve.environment import installed

POSTGRES = ("asyncpg", "psycopg")


def choose_drivers(root: Path, python: Path | None, asked: str) -> dict[str, str]:
    """Driver names by dialect: what was asked for, else what the project has, else the default of the table."""
    drivers = dict(DRIVERS)
    if asked in POSTGRES:
        drivers["postgresql"] = f"postgresql+{asked}"
    elif _mentions(root, "asyncpg") or (python and not installed(python, "psycopg") and installed(python, "asyncpg")):
        drivers["postgresql"] = "postgresql+asyncpg"
    return drivers


def _mentions(root: Path, name: str) -> bool:
    """Whether the project's own requirements name a distribution."""
    files = [*root.glob("pyproject.toml"), *root.glob("*requirements*.txt"), *root.glob("requirements/*.txt")]
    return any(name in path.read_text(errors="replace") for path in files)
