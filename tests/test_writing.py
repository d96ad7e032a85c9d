"""The journalled write: all or nothing, wherever it is killed, and undone to the byte."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from awaitify import writing
from awaitify.errors import AwaitifyError, RefusedError
from awaitify.writing import undo, write

OLD = {"app/main.py": b"a = 1\r\n", "app/db.py": b"\xef\xbb\xbfb = 2", "requirements.txt": b"fastapi\n"}
NEW = {"app/main.py": b"a = 2\r\n", "app/db.py": b"b = 3\n", "app/new/deep/x.py": b"", "top.py": b"t\n"}

# Runs the real code and kills the process, without any clean-up, just before its nth change of the disk.
KILLED = """
import os, sys
from pathlib import Path
sys.path[:0] = sys.argv[3].split(os.pathsep)
from awaitify import writing
root, nth = Path(sys.argv[1]), int(sys.argv[2])
exec(sys.argv[4])
seen = 0
def count(event, arguments):
    global seen
    writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
    if writes or event in ("os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.chmod"):
        seen += 1
        if seen == nth:
            os._exit(9)
sys.addaudithook(count)
exec(sys.argv[5])
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    fill(folder, OLD)
    (folder / "app/main.py").chmod(0o755)
    return folder


def fill(folder: Path, files: Mapping[str, bytes]) -> None:
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)


def tree(folder: Path) -> dict[str, bytes]:
    """Every file outside the journal; a folder counts as an empty text, so that leftovers show."""
    found = (path for path in folder.rglob("*") if writing.FOLDER not in path.parts)
    return {str(path.relative_to(folder)): b"" if path.is_dir() else path.read_bytes() for path in found}


def refusal(root: Path, after: Mapping[str, bytes], before: Mapping[str, bytes] = OLD) -> str:
    """The message of a refused write, which must have changed nothing."""
    old = tree(root)
    with pytest.raises(RefusedError) as caught:
        write(root, before, after)
    assert tree(root) == old
    assert not (root / writing.FOLDER).exists()
    return str(caught.value)


def killed(root: Path, nth: int, setup: str, work: str) -> bool:
    """Whether the work was killed at its nth step (False: it had fewer and ended well)."""
    arguments = [str(root), str(nth), os.pathsep.join(sys.path), setup, work]
    done = subprocess.run([sys.executable, "-c", KILLED, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode in (0, 9), done.stderr
    return done.returncode == 9


def test_write_then_undo(root: Path) -> None:
    old = tree(root)
    write(root, OLD, NEW)
    assert {path: (root / path).read_bytes() for path in NEW} == NEW
    assert (root / "requirements.txt").read_bytes() == b"fastapi\n"
    assert (root / "app/main.py").stat().st_mode & 0o777 == 0o755
    assert undo(root) == ("app/db.py", "app/main.py", "app/new/deep/x.py", "top.py")
    assert tree(root) == old
    assert (root / "app/main.py").stat().st_mode & 0o777 == 0o755
    assert not (root / writing.FOLDER).exists()


def test_a_new_file_gets_the_mode_of_any_new_file(root: Path) -> None:
    write(root, OLD, NEW)
    (root / "mine.py").touch()
    assert (root / "top.py").stat().st_mode == (root / "mine.py").stat().st_mode


def test_each_apply_is_undone_in_turn(root: Path) -> None:
    write(root, OLD, {"app/main.py": b"a = 2\n"})
    write(root, {"app/main.py": b"a = 2\n"}, {"app/main.py": b"a = 3\n"})
    undo(root)
    assert (root / "app/main.py").read_bytes() == b"a = 2\n"
    undo(root)
    assert (root / "app/main.py").read_bytes() == OLD["app/main.py"]
    with pytest.raises(AwaitifyError, match="nothing to undo"):
        undo(root)


def test_nothing_to_write_leaves_nothing(root: Path) -> None:
    write(root, OLD, {})
    assert not (root / writing.FOLDER).exists()


def test_git_sees_only_the_changes(root: Path) -> None:
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    write(root, OLD, {"app/main.py": b"a = 2\n"})
    shown = subprocess.run(["git", "status", "--short", "-uall"], cwd=root, check=True, capture_output=True, text=True)
    assert shown.stdout.splitlines() == ["?? app/db.py", "?? app/main.py", "?? requirements.txt"]


def test_a_file_that_changed_since_the_plan_is_refused(root: Path) -> None:
    (root / "app/db.py").write_bytes(b"someone else\n")
    assert "app/db.py changed since it was planned" in refusal(root, NEW)


def test_a_file_that_has_gone_is_refused(root: Path) -> None:
    (root / "app/db.py").unlink()
    assert "app/db.py is gone" in refusal(root, NEW)


def test_a_new_file_that_exists_by_now_is_refused(root: Path) -> None:
    (root / "top.py").write_bytes(b"someone else\n")
    assert "top.py exists already" in refusal(root, NEW)


@pytest.mark.parametrize(("place", "mode"), [("app/db.py", 0o444), ("app", 0o555)])
def test_what_is_read_only_is_refused_before_anything_is_written(root: Path, place: str, mode: int) -> None:
    before = (root / place).stat().st_mode
    (root / place).chmod(mode)
    try:
        assert f"{root / place}: is read-only" in refusal(root, NEW)
    finally:
        (root / place).chmod(before)


@pytest.mark.parametrize("path", ["../out.py", "app/../../out.py", ".git/hooks/pre-commit", ".awaitify/x", "."])
def test_a_path_out_of_the_project_is_refused(root: Path, path: str) -> None:
    assert path in refusal(root, {path: b"x"})
    assert not (root.parent / "out.py").exists()


@pytest.mark.parametrize(
    ("link", "target", "path"), [("linked.py", "x.py", "linked.py"), ("linked", ".", "linked/x.py")]
)
def test_a_link_out_of_the_project_is_never_followed(root: Path, link: str, target: str, path: str) -> None:
    outside = root.parent / "outside"
    fill(outside, {"x.py": b"x\n"})
    (root / link).symlink_to(outside / target)
    assert f"{path}: leads out of" in refusal(root, {path: b"y\n"}, {path: b"x\n"})
    assert tree(outside) == {"x.py": b"x\n"}


def test_a_link_inside_the_project_stays_a_link(root: Path) -> None:
    (root / "alias.py").symlink_to("app/main.py")
    write(root, {"alias.py": OLD["app/main.py"]}, {"alias.py": b"a = 2\n"})
    assert (root / "alias.py").is_symlink()
    assert (root / "app/main.py").read_bytes() == b"a = 2\n"
    undo(root)
    assert (root / "app/main.py").read_bytes() == OLD["app/main.py"]


def test_a_journal_folder_that_is_a_link_is_refused(root: Path) -> None:
    (root.parent / "elsewhere").mkdir()
    (root / writing.FOLDER).symlink_to(root.parent / "elsewhere")
    with pytest.raises(RefusedError, match="is a link"):
        write(root, OLD, NEW)
    assert not any((root.parent / "elsewhere").iterdir())


def test_undo_refuses_a_file_changed_since_unless_forced(root: Path) -> None:
    write(root, OLD, NEW)
    (root / "app/db.py").write_bytes(b"more work\n")
    changed = tree(root)
    with pytest.raises(RefusedError, match=r"changed since the apply: app/db\.py; .*--force"):
        undo(root)
    assert tree(root) == changed
    undo(root, force=True)
    assert (root / "app/db.py").read_bytes() == OLD["app/db.py"]


def test_undo_keeps_a_folder_in_which_somebody_put_a_file(root: Path) -> None:
    write(root, OLD, NEW)
    (root / "app/new/mine.py").write_bytes(b"mine\n")
    undo(root)
    assert (root / "app/new/mine.py").read_bytes() == b"mine\n"
    assert not (root / "app/new/deep").exists()


def test_a_damaged_journal_is_named(root: Path) -> None:
    write(root, OLD, NEW)
    (root / ".awaitify/journal/0001/manifest.json").write_text("{", "utf-8")
    with pytest.raises(RefusedError, match="0001: is damaged"):
        undo(root)


def test_a_disk_that_fails_half_way_leaves_the_old_tree(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old, replace, calls = tree(root), os.replace, []

    def failing(source: Path, target: Path) -> None:
        calls.append(target)
        if len(calls) == 3:
            raise OSError(28, "No space left on device", str(target))
        replace(source, target)

    monkeypatch.setattr(writing.os, "replace", failing)
    with pytest.raises(RefusedError, match=r"No space left on device\); everything was taken back"):
        write(root, OLD, NEW)
    assert tree(root) == old


def test_an_interruption_half_way_leaves_the_old_tree(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old, replace = tree(root), os.replace

    def interrupted(source: Path, target: Path) -> None:
        replace(source, target)
        if source.parent.name == "after" and target.name == "main.py":
            raise KeyboardInterrupt

    monkeypatch.setattr(writing.os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write(root, OLD, NEW)
    assert tree(root) == old
    assert not (root / writing.FOLDER).exists()


def test_a_kill_at_every_step_of_write(tmp_path: Path) -> None:
    new = {**OLD, **NEW, "app/new": b"", "app/new/deep": b"", "app": b""}
    steps, outcomes = 0, set()
    while True:
        steps += 1
        root = tmp_path / str(steps)
        fill(root, OLD)
        old = tree(root)
        if not killed(root, steps, f"old, new = {OLD!r}, {NEW!r}", "writing.write(root, old, new)"):
            break
        outcomes.add(settle(root, old, new))
    assert outcomes == {"old", "new", "undone"}
    assert steps > 20


def settle(root: Path, old: dict[str, bytes], new: dict[str, bytes]) -> str:
    """After a kill: which of the three allowed states it is. A mixture is refused by write and cured by one undo."""
    now = tree(root)
    if now in (old, new):
        follow_up = {"requirements.txt": b"again\n"}
        if now == old and (root / ".awaitify/journal/0001").exists():
            undo(root)
        write(root, OLD, follow_up)
        assert (root / "requirements.txt").read_bytes() == b"again\n"
        return "old" if now == old else "new"
    with pytest.raises(RefusedError, match="interrupted"):
        write(root, OLD, {"requirements.txt": b"again\n"})
    undo(root)
    assert tree(root) == old
    return "undone"


def test_a_kill_at_every_step_of_undo(tmp_path: Path) -> None:
    steps = 0
    while True:
        steps += 1
        root = tmp_path / str(steps)
        fill(root, OLD)
        old = tree(root)
        write(root, OLD, NEW)
        if not killed(root, steps, "", "writing.undo(root)"):
            break
        if tree(root) != old or any((root / ".awaitify/journal").glob("[0-9]" * 4)):
            undo(root)
        assert tree(root) == old
    assert steps > 10
