"""What git says about a folder, and that asking changes nothing and runs nothing of the target's."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from awaitify.errors import RefusedError
from awaitify.git import modified, prefix, repository, untracked


def git(folder: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=True).stdout


@pytest.fixture
def top(tmp_path: Path) -> Path:
    """A repository with `main.py` and `api/a b.py`, clean."""
    folder = tmp_path / "top"
    (folder / "api").mkdir(parents=True)
    (folder / "main.py").write_text("x = 1\n", "utf-8")
    (folder / "api/a b.py").write_text("a long enough text to be told as a rename\n", "utf-8")
    git(folder, "init", "-q")
    git(folder, "config", "user.email", "a@b.c")
    git(folder, "config", "user.name", "a")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "first")
    return folder


def test_outside_git(tmp_path: Path) -> None:
    (tmp_path / "x.py").touch()
    assert (repository(tmp_path), prefix(tmp_path), modified(tmp_path)) == (None, "", ())
    assert untracked(tmp_path, ["x.py"]) == ()


def test_the_repository_is_found_from_below(top: Path) -> None:
    assert (repository(top), repository(top / "api")) == (top, top)
    assert (prefix(top), prefix(top / "api")) == ("", "api/")


def test_a_worktree_has_a_file_instead_of_a_folder(top: Path) -> None:
    git(top, "worktree", "add", "-q", str(top.parent / "tree"))
    tree = top.parent / "tree"
    assert repository(tree) == tree
    (tree / "main.py").write_text("x = 2\n", "utf-8")
    assert (modified(tree), modified(top)) == (("main.py",), ())


def test_modified_counts_the_whole_repository_but_no_untracked_file(top: Path) -> None:
    (top / "new.py").touch()
    assert modified(top / "api") == ()
    (top / "main.py").write_text("x = 2\n", "utf-8")
    assert modified(top / "api") == ("main.py",)


def test_a_rename_is_one_entry(top: Path) -> None:
    git(top, "mv", "api/a b.py", "api/ü.py")
    (top / "main.py").unlink()
    assert sorted(modified(top)) == ["api/ü.py", "main.py"]


def test_untracked_are_the_existing_files_that_git_does_not_keep(top: Path) -> None:
    (top / ".gitignore").write_text("ignored.py\n", "utf-8")
    (top / "api/ignored.py").touch()
    (top / "api/loose.py").touch()
    paths = ["a b.py", "ignored.py", "loose.py", "none.py"]
    assert untracked(top / "api", paths) == ("ignored.py", "loose.py")


def test_a_broken_repository_is_refused(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    with pytest.raises(RefusedError, match=r"git cannot say whether the tree is clean \(fatal: .*--allow-dirty"):
        modified(tmp_path)


def test_git_missing_is_refused(top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(RefusedError, match="git is not installed"):
        modified(top)


def test_the_variables_of_a_hook_do_not_lead_elsewhere(top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_DIR", str(top.parent / "elsewhere"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(top.parent / "index"))
    assert modified(top) == ()


def test_asking_runs_no_program_of_the_target_and_writes_nothing(top: Path) -> None:
    mark, script = top.parent / "ran", top.parent / "monitor"
    script.write_text(f"#!/bin/sh\ntouch {mark}\n", "utf-8")
    script.chmod(0o755)
    git(top, "config", "core.fsmonitor", str(script))
    (top / "main.py").touch()
    index = (top / ".git/index").read_bytes()
    assert modified(top) == ()
    assert untracked(top, ["main.py"]) == ()
    assert not mark.exists()
    assert (top / ".git/index").read_bytes() == index
