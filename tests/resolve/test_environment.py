"""Environments found and read as folders."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from awaitify.resolve import environment
from awaitify.resolve.environment import fallback_paths, find_python, installed, site_packages
from awaitify.resolve.model import ResolveError


def make_environment(folder: Path, *packages: str) -> Path:
    """An environment with folders of packages and nothing that can run."""
    site = folder / "lib" / "python3.11" / "site-packages"
    site.mkdir(parents=True)
    for package in packages:
        (site / package).mkdir()
    return folder


@pytest.fixture(autouse=True)
def no_active_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    monkeypatch.delenv("CONDA_PREFIX", raising=False)


def test_order_of_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "repo" / "services" / "api"
    root.mkdir(parents=True)
    (tmp_path / "repo" / ".git").mkdir()
    make_environment(tmp_path / ".venv")
    assert find_python(root, None) is None  # above the git root
    inside = (tmp_path / "repo" / ".venv", root / "env", root / "venv", root / ".venv")
    for folder in (*inside, tmp_path / "conda", tmp_path / "active"):
        make_environment(folder)
        if folder.name == "active":
            monkeypatch.setenv("VIRTUAL_ENV", str(folder))
        if folder.name == "conda":
            monkeypatch.setenv("CONDA_PREFIX", str(folder))
            monkeypatch.setenv("CONDA_DEFAULT_ENV", "service")
        assert find_python(root, None) == folder
    assert find_python(root, tmp_path / ".venv") == tmp_path / ".venv"


def test_interpreter_given_and_a_wrong_one_refused(tmp_path: Path) -> None:
    make_environment(tmp_path / "env")
    (tmp_path / "env" / "bin").mkdir()
    (tmp_path / "env" / "bin" / "python").write_text("")
    assert find_python(tmp_path, tmp_path / "env" / "bin" / "python") == tmp_path / "env"
    with pytest.raises(ResolveError, match="not a Python environment"):
        find_python(tmp_path, tmp_path / "nothing")


def test_installed_reads_folder_names(tmp_path: Path) -> None:
    python = make_environment(tmp_path, "SQLAlchemy-2.0.1.dist-info", "psycopg2_binary-2.9.dist-info", "fastapi")
    assert installed(python, "sqlalchemy") == "2.0.1"
    assert installed(python, "psycopg2-binary") == "2.9"
    assert installed(python, "fastapi") is None and installed(None, "fastapi") is None


def test_fallback_shows_only_what_is_missing(tmp_path: Path) -> None:
    python = make_environment(tmp_path, "sqlalchemy", "greenlet", "pydantic", "sqlmodel", "starlette")
    assert [sorted(item.name for item in path.iterdir()) for path in fallback_paths(python)] == [["fastapi"]]
    assert fallback_paths(Path(sys.prefix)) == []


def test_fallback_resolves_in_a_project_without_environment(project_at: Callable[..., Any]) -> None:
    project = project_at(None, tuple(fallback_paths(None)))
    project.write({"main.py": "import pytest\nfrom sqlalchemy.orm import Session\nSession().commit()\npytest.fail()\n"})
    assert project.names("main.py", ").commit", "commit") == ["sqlalchemy.orm.session.Session.commit"]
    assert project.names("main.py", "pytest.fail", "fail") == []


def test_bare_environment_has_no_packages(tmp_path: Path) -> None:
    python = environment.bare_environment(tmp_path / "bare")
    assert [list(path.iterdir()) for path in site_packages(python)] == [[]]
