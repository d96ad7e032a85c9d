"""The command line: streams, exit codes, one line an error, and nothing written that should not be."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from awaitify.cli import app
from awaitify.config import Settings
from awaitify.errors import AwaitifyError, RefusedError
from awaitify.plan_model import ProjectPlan, RouteOutcome, TextPlan
from typer.testing import CliRunner, Result

OLD, NEW = b"def read(): ...\n", b"async def read(): ...\n"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What `awaitify.pipeline.Result` holds."""

    plan: ProjectPlan
    before: Mapping[str, bytes]
    after: Mapping[str, bytes]


@dataclass
class Pipeline:
    """Stands for awaitify.pipeline: keeps what it was asked, gives one converted file and one new one."""

    error: AwaitifyError | None = None
    after: dict[str, bytes] = field(default_factory=lambda: {"main.py": NEW, "db.py": b"engine = 1\n"})
    settings: Settings | None = None
    applied: ProjectPlan | None = None

    def plan_project(self, root: Path, settings: Settings, *, progress: Callable[[str], None]) -> Outcome:
        progress("reading")
        self.settings = settings
        if self.error:
            raise self.error
        route = RouteOutcome("GET", "/", "main.read", "main.py", 1, "main", "sync", "async", "native")
        plan = ProjectPlan(routes=(route,), texts=(TextPlan("main.py", hashlib.sha256(OLD).hexdigest(), NEW.decode()),))
        return Outcome(plan, {"main.py": OLD}, self.after)

    def apply_plan(self, root: Path, plan: ProjectPlan) -> Outcome:
        self.applied = plan
        for text in plan.texts:
            if hashlib.sha256((root / text.path).read_bytes()).hexdigest() != text.sha256:
                raise RefusedError(f"stale plan: {text.path} changed; plan again")
        return Outcome(plan, {"main.py": OLD}, {text.path: text.text.encode() for text in plan.texts})


@pytest.fixture
def pipeline(monkeypatch: pytest.MonkeyPatch) -> Pipeline:
    fake, module = Pipeline(), ModuleType("awaitify.pipeline")
    module.__dict__.update(plan_project=fake.plan_project, apply_plan=fake.apply_plan)
    monkeypatch.setitem(sys.modules, "awaitify.pipeline", module)
    return fake


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "main.py").write_bytes(OLD)
    return folder


@pytest.fixture
def repository(root: Path) -> Path:
    git(root, "init", "-q")
    git(root, "config", "user.email", "a@b.c")
    git(root, "config", "user.name", "a")
    git(root, "add", ".")
    git(root, "commit", "-qm", "first")
    return root


def git(folder: Path, *arguments: str, data: bytes = b"") -> str:
    done = subprocess.run(["git", *arguments], cwd=folder, input=data, capture_output=True, check=True)
    return done.stdout.decode()


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)


def error(result: Result, code: int) -> str:
    """The one line of an error: on stderr, and nothing on stdout."""
    assert result.exit_code == code, result.output
    assert result.stdout == ""
    assert len(result.stderr.splitlines()) == 1, result.stderr
    assert result.stderr.startswith("awaitify: ")
    return result.stderr


def tree(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file() and ".git" not in path.parts)
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def test_version() -> None:
    assert run("--version").stdout.startswith("awaitify ")


def test_no_command_shows_the_help_as_wrong_use() -> None:
    result = run()
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Commands:" in result.stderr


@pytest.mark.parametrize("command", ["plan", "apply", "status", "undo"])
def test_a_path_that_is_no_folder(pipeline: Pipeline, root: Path, command: str) -> None:
    assert "nowhere: does not exist; give the folder" in error(run(command, root / "nowhere"), 2)
    assert "main.py: is a file; give the folder" in error(run(command, root / "main.py"), 2)
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
    pipeline: Pipeline, root: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], part: str
) -> None:
    monkeypatch.chdir(root)
    assert part in error(run(*arguments), 2)


def test_a_wrong_setting_in_the_project_is_one_line(pipeline: Pipeline, root: Path) -> None:
    (root / "pyproject.toml").write_text("[tool.awaitify]\ndrivr = 'x'\n", "utf-8")
    assert 'unknown key "drivr"; did you mean "driver"?' in error(run("plan", root), 2)


@pytest.mark.parametrize("command", ["plan", "apply", "status"])
def test_what_the_pipeline_refuses_is_one_line(pipeline: Pipeline, root: Path, command: str) -> None:
    pipeline.error = RefusedError("main.py:\n  a gate failed; exclude it")
    assert error(run(command, root), 3) == "awaitify: main.py: a gate failed; exclude it\n"
    pipeline.error = AwaitifyError("no FastAPI app; give its folder")
    assert error(run(command, root), 2) == "awaitify: no FastAPI app; give its folder\n"
    assert tree(root) == {"main.py": OLD}


def test_a_bug_stays_a_traceback(pipeline: Pipeline, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["awaitify.pipeline"], "plan_project", lambda *_, **__: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        run("plan", root)


def test_plan_tells_and_writes_nothing(pipeline: Pipeline, root: Path) -> None:
    result = run("plan", root)
    assert result.exit_code == 0
    assert result.stdout.startswith("0 of 1 routes async before, 1 after; 2 files change.")
    assert result.stderr == ""
    assert tree(root) == {"main.py": OLD}


def test_flags_become_settings(pipeline: Pipeline, root: Path) -> None:
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
    assert run("plan", root, *flags).exit_code == 0
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


def test_exit_code_tells_whether_something_would_change(pipeline: Pipeline, root: Path) -> None:
    assert run("plan", root, "--exit-code").exit_code == 1
    pipeline.after = {}
    assert run("plan", root, "--exit-code").exit_code == 0


def test_diff_is_alone_on_stdout_and_git_applies_it(pipeline: Pipeline, repository: Path) -> None:
    result = run("plan", repository, "--diff")
    assert "2 files change." in result.stderr
    git(repository, "apply", "-", data=result.stdout_bytes)
    assert tree(repository) == {"main.py": NEW, "db.py": b"engine = 1\n"}


def test_the_diff_of_a_project_below_the_top_is_relative_to_the_top(pipeline: Pipeline, repository: Path) -> None:
    (repository / "api").mkdir()
    assert "--- a/api/main.py\n" in run("plan", repository / "api", "--diff").stdout


def test_the_diff_keeps_bytes_that_are_no_utf8(pipeline: Pipeline, root: Path) -> None:
    pipeline.after = {"main.py": b"# \xe9\n"}
    assert b"+# \xe9\n" in run("plan", root, "--diff").stdout_bytes


def test_json_on_stdout_or_in_a_file(pipeline: Pipeline, root: Path, tmp_path: Path) -> None:
    result = run("plan", root, "--json", "-")
    assert json.loads(result.stdout)["routes"][0]["path"] == "/"
    assert "2 files change." in result.stderr
    result = run("plan", root, "--json", tmp_path / "out.json")
    assert json.loads((tmp_path / "out.json").read_text("utf-8"))["format"] == 1
    assert result.stdout.startswith("0 of 1 routes")


def test_json_into_no_folder_is_one_line(pipeline: Pipeline, root: Path) -> None:
    result = run("plan", root, "--json", root / "none/out.json")
    assert result.exit_code == 2
    assert "out.json: cannot be written (No such file or directory)" in result.stderr


def test_report_writes_three_files(pipeline: Pipeline, root: Path, tmp_path: Path) -> None:
    result = run("plan", root, "--report", tmp_path / "a/b")
    assert sorted(tree(tmp_path / "a/b")) == ["plan.json", "report.html", "report.md"]
    assert "report.html" in result.stderr


def test_apply_then_undo(pipeline: Pipeline, repository: Path) -> None:
    result = run("apply", repository)
    assert (result.exit_code, result.stdout[:13]) == (0, "0 of 1 routes")
    assert "`awaitify undo" in result.stderr
    assert git(repository, "status", "--short") == " M main.py\n?? db.py\n"
    assert run("undo", repository).stderr == "Taken back: 2 files.\n"
    assert git(repository, "status", "--short") == ""
    assert "nothing to undo" in error(run("undo", repository), 2)


def test_undo_refuses_what_changed_since(pipeline: Pipeline, root: Path) -> None:
    run("apply", root)
    (root / "main.py").write_bytes(b"more\n")
    assert "changed since the apply: main.py" in error(run("undo", root), 3)
    assert run("undo", root, "--force").exit_code == 0
    assert tree(root) == {"main.py": OLD}


def test_apply_with_nothing_to_change(pipeline: Pipeline, root: Path) -> None:
    pipeline.after = {}
    assert "Nothing to change." in run("apply", root).stderr
    assert not (root / ".awaitify").exists()


def test_apply_refuses_a_dirty_tree(pipeline: Pipeline, repository: Path) -> None:
    (repository / "other.py").touch()
    git(repository, "add", "other.py")
    assert "has uncommitted changes (other.py)" in error(run("apply", repository), 3)
    assert pipeline.settings is None
    assert tree(repository)["main.py"] == OLD
    assert run("apply", repository, "--allow-dirty").exit_code == 0
    assert tree(repository)["main.py"] == NEW


def test_untracked_files_count_only_when_they_would_be_overwritten(pipeline: Pipeline, repository: Path) -> None:
    (repository / "notes.txt").touch()
    git(repository, "rm", "-q", "--cached", "main.py")
    git(repository, "commit", "-qm", "forget it")
    assert "git does not keep main.py" in error(run("apply", repository), 3)
    git(repository, "add", "main.py")
    git(repository, "commit", "-qm", "keep it")
    assert run("apply", repository).exit_code == 0


def test_a_repository_around_the_project_is_its_repository(pipeline: Pipeline, repository: Path) -> None:
    inner = repository / "api"
    inner.mkdir()
    (inner / "main.py").write_bytes(OLD)
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "api")
    (repository / "main.py").write_bytes(b"dirty\n")
    assert "has uncommitted changes (main.py)" in error(run("apply", inner), 3)


def test_a_broken_repository_is_refused(pipeline: Pipeline, root: Path) -> None:
    (root / ".git").mkdir()
    assert "git cannot say whether the tree is clean" in error(run("apply", root), 3)


def test_git_missing_is_refused(pipeline: Pipeline, repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert "git is not installed" in error(run("apply", repository), 3)


def test_no_program_of_the_targets_git_configuration_runs(pipeline: Pipeline, repository: Path, tmp_path: Path) -> None:
    mark, script = tmp_path / "ran", tmp_path / "monitor"
    script.write_text(f"#!/bin/sh\ntouch {mark}\n", "utf-8")
    script.chmod(0o755)
    git(repository, "config", "core.fsmonitor", str(script))
    assert run("apply", repository).exit_code == 0
    assert not mark.exists()


def test_apply_of_a_reviewed_plan(pipeline: Pipeline, root: Path, tmp_path: Path) -> None:
    run("plan", root, "--report", tmp_path / "report")
    assert run("apply", root, "--plan", tmp_path / "report/plan.json").exit_code == 0
    assert pipeline.applied and pipeline.applied.texts[0].path == "main.py"
    assert tree(root)["main.py"] == NEW


def test_a_stale_plan_is_refused(pipeline: Pipeline, root: Path, tmp_path: Path) -> None:
    run("plan", root, "--report", tmp_path / "report")
    (root / "main.py").write_bytes(b"changed\n")
    assert "stale plan: main.py changed" in error(run("apply", root, "--plan", tmp_path / "report/plan.json"), 3)
    assert tree(root) == {"main.py": b"changed\n"}


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"format": 1}', '{"format": 99}', "\xff"])
def test_a_file_that_is_no_plan(pipeline: Pipeline, root: Path, tmp_path: Path, text: str) -> None:
    (tmp_path / "plan.json").write_bytes(text.encode("latin-1"))
    assert "plan.json: is not a plan of this awaitify" in error(run("apply", root, "--plan", tmp_path / "plan.json"), 2)
    assert "none.json: cannot be read" in error(run("apply", root, "--plan", tmp_path / "none.json"), 2)


@pytest.mark.parametrize("option", [["--router", "users"], ["--driver", "asyncpg"], ["--no-tests"]])
def test_a_reviewed_plan_takes_no_other_shape(pipeline: Pipeline, root: Path, option: list[Any]) -> None:
    assert "--plan: a reviewed plan is applied as it is" in error(run("apply", root, "--plan", "x.json", *option), 2)


def test_status_and_explain(pipeline: Pipeline, root: Path) -> None:
    assert run("status", root).stdout.splitlines()[1].split() == ["main", "1", "0", "1", "0"]
    assert run("explain", "GET /", root).stdout.startswith("GET /, main.read (main.py:1): sync -> async: native\n")
    assert 'did you mean "read"?' in error(run("explain", "raed", root), 2)


def test_the_module_is_the_same_command_and_leaves_no_traceback(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "awaitify", "plan", "none"], cwd=tmp_path, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "awaitify: none: does not exist; give the folder of the project\n"
