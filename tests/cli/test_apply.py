"""`apply` and `undo`: what is refused, what is written, and how it is taken back."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

OLD, NEW = b"def read(): ...\n", b"async def read(): ...\n"


def git(folder: Path, *arguments: str, data: bytes = b"") -> str:
    done = subprocess.run(["git", *arguments], cwd=folder, input=data, capture_output=True, check=True)
    return done.stdout.decode()


def tree(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file() and ".git" not in path.parts)
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def test_apply_then_undo(cli: Any, pipeline: Any, repository: Path) -> None:
    result = cli("apply", repository)
    assert (result.exit_code, result.stdout[:13]) == (0, "0 of 1 routes")
    assert "`awaitify undo" in result.stderr
    assert git(repository, "status", "--short") == " M main.py\n?? db.py\n"
    assert cli("undo", repository).stderr == "Taken back: 2 files.\n"
    assert git(repository, "status", "--short") == ""
    assert "nothing to undo" in cli.error(2, "undo", repository)


def test_undo_refuses_what_changed_since(cli: Any, pipeline: Any, root: Path) -> None:
    cli("apply", root)
    (root / "main.py").write_bytes(b"more\n")
    assert "changed since the apply: main.py" in cli.error(3, "undo", root)
    assert cli("undo", root, "--force").exit_code == 0
    assert tree(root) == {"main.py": OLD}


def test_apply_with_nothing_to_change(cli: Any, pipeline: Any, root: Path) -> None:
    pipeline.after = {}
    assert "Nothing to change." in cli("apply", root).stderr
    assert not (root / ".awaitify").exists()


def test_apply_refuses_a_dirty_tree(cli: Any, pipeline: Any, repository: Path) -> None:
    (repository / "other.py").touch()
    git(repository, "add", "other.py")
    assert "has uncommitted changes (other.py)" in cli.error(3, "apply", repository)
    assert pipeline.settings is None
    assert tree(repository)["main.py"] == OLD
    assert cli("apply", repository, "--allow-dirty").exit_code == 0
    assert tree(repository)["main.py"] == NEW


def test_untracked_files_count_only_when_they_would_be_overwritten(cli: Any, pipeline: Any, repository: Path) -> None:
    (repository / "notes.txt").touch()
    git(repository, "rm", "-q", "--cached", "main.py")
    git(repository, "commit", "-qm", "forget it")
    assert "git does not keep main.py" in cli.error(3, "apply", repository)
    git(repository, "add", "main.py")
    git(repository, "commit", "-qm", "keep it")
    assert cli("apply", repository).exit_code == 0


def test_apply_of_a_reviewed_plan(cli: Any, pipeline: Any, root: Path, tmp_path: Path) -> None:
    cli("plan", root, "--report", tmp_path / "report")
    assert cli("apply", root, "--plan", tmp_path / "report/plan.json").exit_code == 0
    assert pipeline.applied and pipeline.applied.texts[0].path == "main.py"
    assert tree(root)["main.py"] == NEW


def test_a_stale_plan_is_refused(cli: Any, pipeline: Any, root: Path, tmp_path: Path) -> None:
    cli("plan", root, "--report", tmp_path / "report")
    (root / "main.py").write_bytes(b"changed\n")
    assert "stale plan: main.py changed" in cli.error(3, "apply", root, "--plan", tmp_path / "report/plan.json")
    assert tree(root) == {"main.py": b"changed\n"}


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"format": 1}', '{"format": 99}', "\xff"])
def test_a_file_that_is_no_plan(cli: Any, pipeline: Any, root: Path, tmp_path: Path, text: str) -> None:
    (tmp_path / "plan.json").write_bytes(text.encode("latin-1"))
    assert "plan.json: is not a plan of this awaitify" in cli.error(2, "apply", root, "--plan", tmp_path / "plan.json")
    assert "none.json: cannot be read" in cli.error(2, "apply", root, "--plan", tmp_path / "none.json")


@pytest.mark.parametrize("option", [["--router", "users"], ["--driver", "asyncpg"], ["--no-tests"]])
def test_a_reviewed_plan_takes_no_other_shape(cli: Any, pipeline: Any, root: Path, option: list[Any]) -> None:
    assert "--plan: a reviewed plan is applied as it is" in cli.error(2, "apply", root, "--plan", "x.json", *option)


def test_a_report_that_cannot_be_written_stops_the_apply(cli: Any, pipeline: Any, root: Path) -> None:
    assert "out.json: cannot be written" in cli.error(2, "apply", root, "--json", root / "none/out.json")
    assert "main.py/x: cannot be made" in cli.error(2, "apply", root, "--report", root / "main.py/x")
    assert tree(root) == {"main.py": OLD}


def test_an_interruption_is_one_line(cli: Any, pipeline: Any, root: Path) -> None:
    pipeline.error = KeyboardInterrupt()
    assert "interrupted; the project is as it was" in cli.error(130, "apply", root)
    assert tree(root) == {"main.py": OLD}
