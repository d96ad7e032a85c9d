"""`awaitify verify` on a service of two routes: what is equal, what is worse, what cannot be measured."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
from awaitify.cli.app import app
from awaitify.verifying import verification
from typer.testing import CliRunner

MAIN = "service/main.py"
COMMAND = ("--app", "service.main:app", "--tests", "python -m pytest -q")


def test_nothing_got_worse(project: Any) -> None:
    project.change(MAIN, ("def get_db", "# a remark\ndef get_db"))
    result = project.verify(*COMMAND, code=0)
    assert result["verdict"] == "equal"
    assert {step["state"] for step in result["steps"]} == {"equal"}
    assert result["step"]["tests"]["headline"] == "2 of 2 still pass"
    assert "1 did not pass before" in result["step"]["tests"]["notes"][0]
    assert project.git("worktree", "list").count("\n") == 1
    assert project.git("status", "--short") == " M service/main.py\n"


def test_everything_got_worse(project: Any) -> None:
    """What a replacement of `def` by `async def` does, and other losses."""
    project.change(
        MAIN,
        ("\ndef teams", "\nasync def teams"),
        ('@app.get("/teams/{team_id}")', '@app.get("/teams/{team_id}", status_code=201)'),
    )
    step = project.verify(*COMMAND, code=3)["step"]
    gone, new = step["OpenAPI"]["findings"]
    assert gone.startswith("paths./teams/{team_id}.get.responses.200: gone, was {")
    assert new.startswith("paths./teams/{team_id}.get.responses.201: new, {")
    assert step["tests"]["headline"] == "1 of 2 still pass; 1 lost"
    assert step["tests"]["findings"] == ["tests/test_main.py::test_team: failed: AssertionError: assert 201 == 200"]
    [finding] = step["blocking calls"]["findings"]
    assert "GET /teams blocks the loop in teams: sync SQLAlchemy engine (pysqlite)" in finding


def test_what_cannot_be_measured(project: Any) -> None:
    project.change(MAIN, ("app = FastAPI()", "raise RuntimeError('no database')"))
    project.git("commit", "-qam", "broken")
    result = project.verify(*COMMAND, code=3)
    assert result["verdict"] == "not measured"
    assert result["step"]["OpenAPI"]["headline"].endswith("cannot be imported: RuntimeError: no database")
    assert "because no test passes before: " in result["step"]["tests"]["headline"]


def test_folders_outside_git_and_a_report(project: Any, tmp_path: Path) -> None:
    """Two folders; --env fills in the copy; without --app only the tests are run."""
    base = tmp_path / "old" / "checkout"
    for path, text in {
        "a.py": "import os; X = os.environ['X']",
        "test_a.py": "from a import X\ndef test_a(): X",
    }.items():
        (tmp_path / "new" / "checkout").mkdir(parents=True, exist_ok=True)
        base.mkdir(parents=True, exist_ok=True)
        for folder in (base, tmp_path / "new" / "checkout"):
            (folder / path).write_text(text)
    project.root = tmp_path / "new" / "checkout"
    result = project.verify("--base", str(base), "--env", "X={tmp}", "--report", str(tmp_path / "report"), code=0)
    assert [step["state"] for step in result["steps"]] == ["not measured", "equal", "not measured"]
    assert "1 of 1 still pass" in (tmp_path / "report" / "verify.html").read_text()
    assert "| tests | equal | 1 of 1 still pass |" in (tmp_path / "report" / "verify.md").read_text()


def test_interrupted(project: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The temporary trees are removed, and the repository knows nothing of them any more."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(verification, "run_suite", interrupt)
    before = set(Path(tempfile.gettempdir()).glob("awaitify-verify-*"))
    words = ["verify", str(project.root), "--python", sys.executable, *COMMAND]
    assert CliRunner().invoke(app, words).exit_code == 130
    assert set(Path(tempfile.gettempdir()).glob("awaitify-verify-*")) == before
    assert project.git("worktree", "list").count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--base", "nowhere", "--app", "a:app"), "nowhere is neither a revision of"),
        (("--tests", ""), "nothing to run: give --app module:app, or --tests"),
        (("--env", "X"), "--env X: write NAME=VALUE"),
    ],
)
def test_wrong_use(project: Any, arguments: tuple[str, ...], message: str) -> None:
    words = ["verify", str(project.root), "--python", sys.executable, *arguments]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 2
    assert message in result.stderr
