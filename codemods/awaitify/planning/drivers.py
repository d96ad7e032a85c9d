"""Which async driver each database gets."""

from __future__ import annotations

import re
from pathlib import Path

from packaging.version import Version

from awaitify.planning.names import DRIVERS
from awaitify.project.index import Project
from awaitify.resolve.environment import installed

POSTGRES = ("asyncpg", "psycopg")
#: Drivers of the servers, by dialect.
SERVERS = {
    "postgresql": ("psycopg", "asyncpg", "pg8000"),
    "mysql": ("pymysql", "PyMySQL", "mysqlclient", "mysql-connector", "aiomysql", "asyncmy", "mariadb"),
    "oracle": ("oracledb", "cx_Oracle", "cx-oracle"),
    "mssql": ("pyodbc", "pymssql", "aioodbc"),
}
TWO = Version("2.0")


def choose_drivers(root: Path, python: Path | None, asked: str) -> dict[str, str]:
    """Driver names by dialect: what was asked for, else what the project has, else the default of the table."""
    drivers = dict(DRIVERS)
    found = installed(python, "sqlalchemy")
    if found is not None and Version(found) < TWO:  # it knows no psycopg 3
        drivers["postgresql"] = "postgresql+asyncpg"
    elif asked in POSTGRES:
        drivers["postgresql"] = f"postgresql+{asked}"
    elif mentions(root, "asyncpg") or (python and not installed(python, "psycopg") and installed(python, "asyncpg")):
        drivers["postgresql"] = "postgresql+asyncpg"
    return drivers


def strict_driver(project: Project, drivers: dict[str, str]) -> str:
    """The new driver of PostgreSQL when it types parameters and the one before did not: psycopg2 sends plain text."""
    driver = drivers["postgresql"].partition("+")[2]
    names = " ".join(_lines(project.root))
    typed = re.search(r"\bpsycopg\b(?!2)", names) is not None and "psycopg2" not in names
    used = "psycopg2" in names or any(b"postgres" in file.source.text for file in project.files)
    return driver if used and not typed else ""


def _lines(root: Path) -> list[str]:
    """What the lists of requirements name, wherever they stand."""
    patterns = ("pyproject.toml", "*requirements*.txt", "requirements/*.txt", "Pipfile", "setup.cfg", "setup.py")
    places = [root, *(path for path in root.iterdir() if path.is_dir() and not path.name.startswith((".", "venv")))]
    files = {path for place in places for pattern in patterns for path in place.glob(pattern)}
    return [line for path in sorted(files) for line in path.read_text(errors="replace").splitlines()]


def mentions(root: Path, name: str) -> bool:
    """Whether the project's own requirements name a distribution."""
    return any(name in line for line in _lines(root))


def likely_dialects(project: Project) -> set[str]:
    """The databases of an engine whose URL is not known: PostgreSQL, and SQLite unless a driver of the former is
    required and nothing speaks of SQLite."""
    is_required = any(mentions(project.root, name) for name in SERVERS["postgresql"])
    speaks = any(b"sqlite" in file.source.text.lower() for file in project.files)
    return {"postgresql"} if is_required and not speaks else {"postgresql", "sqlite"}


def only_server(project: Project) -> str:
    """The dialect of the only servers that the required drivers speak to; "" when there are several, or none."""
    found = {dialect for dialect, names in SERVERS.items() if any(mentions(project.root, name) for name in names)}
    return found.pop() if len(found) == 1 else ""


def refreshes_relationships(python: Path | None) -> bool:
    """Whether `refresh` loads the relationships that it names: since SQLAlchemy 2.0.4."""
    found = installed(python, "sqlalchemy")
    return found is None or Version(found) >= Version("2.0.4")
