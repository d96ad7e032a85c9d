"""Commands that only look: streams, exit codes, one line an error, and nothing written that should not be."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from awaitify.config import Settings
from awaitify.errors import AwaitifyError, RefusedError

OLD, NEW = b"def read(): ...\n", b"async def read(): ...\n"


def git(folder: Path, *arguments: str, data: bytes = b"") -> str:
    done = subprocess.run(["git", *arguments], cwd=folder, input=data, capture_output=True, check=True)
    return done.stdout.decode()


def tree(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file() and ".git" not in path.parts)
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def test_version(cli: Any) -> None:
    assert cli("--version").stdout.startswith("awaitify ")


def test_no_command_shows_the_help_as_wrong_use(cli: Any) -> None:
    result = cli()
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Commands:" in result.stderr


@pytest.mark.parametrize("command", ["plan", "apply", "status", "undo"])
def test_a_path_that_is_no_folder(cli: Any, pipeline: Any, root: Path, command: str) -> None:
    assert "nowhere: does not exist; give the folder" in cli.error(2, command, root / "nowhere")
    assert "main.py: is a file; give the folder" in cli.error(2, command, root / "main.py")
    assert pipeline.settings is None


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["plna"], "No such command 'plna'"),
        (["plan", "--drvier", "x"], "No such option: --drvier"),
        (["plan", "--router"], "requires an argument"),
        (["plan", "--driver", "asyncpq"], '--driver: "asyncpq" is not one of'),
        (["plan", "--diff", "--json", "-"], "both need stdout"),
        (["explain"], "Missing argument"),
        (["rules", "no-such-pack"], 'no rule pack "no-such-pack"'),
    ],
)
def test_wrong_use_is_one_line(
    cli: Any, pipeline: Any, root: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], part: str
) -> None:
    monkeypatch.chdir(root)
    assert part in cli.error(2, *arguments)


def test_a_wrong_setting_in_the_project_is_one_line(cli: Any, pipeline: Any, root: Path) -> None:
    (root / "pyproject.toml").write_text("[tool.awaitify]\ndrivr = 'x'\n", "utf-8")
    assert 'unknown key "drivr"; did you mean "driver"?' in cli.error(2, "plan", root)


@pytest.mark.parametrize("command", ["plan", "apply", "status"])
def test_what_the_pipeline_refuses_is_one_line(cli: Any, pipeline: Any, root: Path, command: str) -> None:
    pipeline.error = RefusedError("main.py:\n  a gate failed; exclude it")
    assert cli.error(3, command, root) == "awaitify: main.py: a gate failed; exclude it\n"
    pipeline.error = AwaitifyError("no FastAPI app; give its folder")
    assert cli.error(2, command, root) == "awaitify: no FastAPI app; give its folder\n"
    assert tree(root) == {"main.py": OLD}


def test_a_bug_stays_a_traceback(cli: Any, pipeline: Any, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["awaitify.pipeline"], "plan_project", lambda *_, **__: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        cli("plan", root)


def test_plan_tells_and_writes_nothing(cli: Any, pipeline: Any, root: Path) -> None:
    result = cli("plan", root)
    assert result.exit_code == 0
    assert result.stdout.startswith("0 of 1 routes async before, 1 after; 2 files change.")
    assert result.stderr == ""
    assert tree(root) == {"main.py": OLD}


def test_flags_become_settings(cli: Any, pipeline: Any, root: Path) -> None:
    flags = [
        "--router",
        "users",
        "--router",
        "app/b.py",
        "--route",
        "GET /",
        "--exclude",
        "old/",
        "--driver",
        "asyncpg",
    ]
    flags += ["--bridge", "run_in_threadpool", "--only-bridges", "leave", "--python", sys.executable, "--no-tests"]
    assert cli("plan", root, *flags).exit_code == 0
    assert pipeline.settings == Settings(
        driver="asyncpg",
        bridge="run_in_threadpool",
        exclude=("old/",),
        python=Path(sys.executable),
        routers=("users", "app/b.py"),
        routes=("GET /",),
        only_bridges="leave",
        tests=False,
    )


def test_exit_code_tells_whether_something_would_change(cli: Any, pipeline: Any, root: Path) -> None:
    assert cli("plan", root, "--exit-code").exit_code == 1
    pipeline.after = {}
    assert cli("plan", root, "--exit-code").exit_code == 0


def test_diff_is_alone_on_stdout_and_git_applies_it(cli: Any, pipeline: Any, repository: Path) -> None:
    result = cli("plan", repository, "--diff")
    assert "2 files change." in result.stderr
    git(repository, "apply", "-", data=result.stdout_bytes)
    assert tree(repository) == {"main.py": NEW, "db.py": b"engine = 1\n"}


def test_the_diff_keeps_bytes_that_are_no_utf8(cli: Any, pipeline: Any, root: Path) -> None:
    pipeline.after = {"main.py": b"# \xe9\n"}
    assert b"+# \xe9\n" in cli("plan", root, "--diff").stdout_bytes


def test_json_on_stdout_or_in_a_file(cli: Any, pipeline: Any, root: Path, tmp_path: Path) -> None:
    result = cli("plan", root, "--json", "-")
    assert json.loads(result.stdout)["routes"][0]["path"] == "/"
    assert "2 files change." in result.stderr
    result = cli("plan", root, "--json", tmp_path / "out.json")
    assert json.loads((tmp_path / "out.json").read_text("utf-8"))["format"] == 1
    assert result.stdout.startswith("0 of 1 routes")


def test_json_into_no_folder_is_one_line(cli: Any, pipeline: Any, root: Path) -> None:
    result = cli("plan", root, "--json", root / "none/out.json")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "out.json: cannot be written (No such file or directory)" in result.stderr


def test_report_writes_three_files(cli: Any, pipeline: Any, root: Path, tmp_path: Path) -> None:
    result = cli("plan", root, "--report", tmp_path / "a/b")
    assert sorted(tree(tmp_path / "a/b")) == ["plan.json", "report.html", "report.md"]
    assert "report.html" in result.stderr


def test_status_and_explain(cli: Any, pipeline: Any, root: Path) -> None:
    assert cli("status", root).stdout.splitlines()[1].split() == ["main", "1", "0", "0", "1", "0"]
    assert cli("explain", "GET /", root).stdout.startswith("GET /, main.read (main.py:1): sync -> async: native\n")
    assert 'did you mean "read"?' in cli.error(2, "explain", "raed", root)


def test_the_module_is_the_same_command_and_leaves_no_traceback(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "awaitify", "plan", "none"], cwd=tmp_path, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "awaitify: none: does not exist; give the folder of the project\n"
