"""Environments with other releases of SQLAlchemy, made once and kept between runs."""

from __future__ import annotations

import fcntl
import subprocess
import sys
import venv
from pathlib import Path

import pytest
import sqlalchemy

DRIVERS = ("aiosqlite>=0.20", "greenlet>=3", "psycopg[binary]>=3.1", "psycopg2-binary", "asyncpg>=0.29")


@pytest.fixture(scope="session")
def older_python(pytestconfig: pytest.Config) -> str:
    """A Python that has SQLAlchemy 2.0: this one, or one in a folder beside pytest's cache."""
    if sqlalchemy.__version__.startswith("2.0."):
        return sys.executable
    return _environment(pytestconfig, "2.0", "sqlalchemy>=2.0.30,<2.1")


@pytest.fixture(scope="session")
def untyped_python(pytestconfig: pytest.Config) -> str:
    """A Python that has SQLAlchemy 1.4, in a folder beside pytest's cache."""
    return _environment(pytestconfig, "1.4", "sqlalchemy==1.4.54")


def _environment(pytestconfig: pytest.Config, version: str, release: str) -> str:
    folder = Path(str(pytestconfig.rootpath)) / ".pytest_cache" / "d" / f"sqlalchemy-{version}"
    python = folder / "bin" / "python"
    done = folder / "done"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # tests may run in several processes
        if not done.exists():
            venv.create(folder, with_pip=True, clear=True)
            command = [str(python), "-m", "pip", "install", "--quiet", release, *DRIVERS]
            installed = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
            if installed.returncode:
                pytest.skip(f"SQLAlchemy {version} cannot be installed: {installed.stderr[-300:]}")
            done.touch()
    return str(python)
