"""The unified diff: git applies it, and gets exactly the planned bytes."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from awaitify.report.diff import NO_NEWLINE, file_diffs, unified_diff

LONG = b"".join(b"line %d\n" % number for number in range(60))


def fill(folder: Path, files: Mapping[str, bytes]) -> None:
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)


def git_apply(folder: Path, diff: str) -> None:
    data = diff.encode("utf-8", "surrogateescape")
    done = subprocess.run(["git", "apply", "-"], cwd=folder, input=data, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"a.py": b"x = 1\n"}, {"a.py": b"x = 2\n"}),
        ({"a.py": LONG}, {"a.py": LONG.replace(b"line 2\n", b"two\n").replace(b"line 50\n", b"")}),
        ({"a.py": b"x = 1"}, {"a.py": b"x = 2"}),
        ({"a.py": b"x = 1"}, {"a.py": b"x = 1\n"}),
        ({"a.py": b"x\ny\nz"}, {"a.py": b"w\ny\nz"}),
        ({"a.py": b"x = 1\n"}, {"a.py": b""}),
        ({"a.py": b""}, {"a.py": b"x = 1\n"}),
        ({}, {"app/new/deep.py": b"x = 1\n", "app/bare.py": b"x", "app/empty.py": b""}),
        ({"a.py": b"x = 1\r\ny = 2\r\n"}, {"a.py": b"x = 1\r\ny = 3\r\n"}),
        ({"a.py": b"x = '\x0c\xe2\x80\xa8'\ny\n"}, {"a.py": b"x = '\x0c\xe2\x80\xa8'\nz\n"}),
        ({"a.py": b"# coding: latin-1\nx = '\xe9'\n"}, {"a.py": b"# coding: latin-1\ny = '\xe9'\n"}),
        ({"a.py": b"\xef\xbb\xbfx = 1\n"}, {"a.py": b"\xef\xbb\xbfx = 2\n"}),
        ({"my app/a b.py": b"x\n"}, {"my app/a b.py": b"y\n", "my app/n w.py": b"z\n"}),
        ({'q"t\té\\.py': b"x\n"}, {'q"t\té\\.py': b"y\n"}),
        ({"a.py": b"-- x\n++ y\n@@ -1 +1 @@\n"}, {"a.py": b"++ y\n-- z\n@@ -1 +1 @@\n"}),
    ],
)
def test_git_applies_it(tmp_path: Path, before: dict[str, bytes], after: dict[str, bytes]) -> None:
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    fill(tmp_path, before)
    git_apply(tmp_path, unified_diff(before, after))
    assert {path: (tmp_path / path).read_bytes() for path in after} == after


@pytest.mark.parametrize("where", [".", "services/api"])
def test_git_applies_the_diff_of_a_project_below_the_top_from_anywhere(tmp_path: Path, where: str) -> None:
    before, after = {"a.py": b"x\n"}, {"a.py": b"y\n", "new.py": b"z\n"}
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    fill(tmp_path / "services/api", before)
    git_apply(tmp_path / where, unified_diff(before, after, "services/api/"))
    assert {path: (tmp_path / "services/api" / path).read_bytes() for path in after} == after


def test_equal_files_give_nothing() -> None:
    assert unified_diff({"a.py": b"x\n"}, {"a.py": b"x\n"}) == ""


def test_the_text_is_that_of_git() -> None:
    assert unified_diff({"a.py": b"x"}, {"b.py": b"z\n", "a.py": b"y\n"}) == (
        f"diff --git a/a.py b/a.py\n--- a/a.py\n+++ b/a.py\n@@ -1 +1 @@\n-x\n{NO_NEWLINE}\n+y\n"
        "diff --git a/b.py b/b.py\nnew file mode 100644\n--- /dev/null\n+++ b/b.py\n@@ -0,0 +1 @@\n+z\n"
    )


def test_hunks_know_their_place_in_the_old_file() -> None:
    (diff,) = file_diffs({"a.py": LONG}, {"a.py": LONG.replace(b"line 2\n", b"two\n").replace(b"line 50\n", b"")})
    assert [(hunk.start, hunk.count) for hunk in diff.hunks] == [(1, 6), (48, 7)]
    assert (diff.added, diff.removed, diff.new) == (1, 2, False)
