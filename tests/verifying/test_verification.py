"""`awaitify verify` on a service of two routes: what is equal, what is worse, what cannot be measured."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
from awaitify.cli.app import app
from awaitify.verifying import bench
from awaitify.verifying.bench import Exercise
from typer.testing import CliRunner

MAIN = "service/main.py"
APP = ("--app", "service.main:app")
REQUESTS = [{"method": "GET", "path": path} for path in ("/teams", "/teams/1", "/teams/9?x=1")]


@pytest.fixture
def generated(monkeypatch: pytest.MonkeyPatch) -> None:
    """These requests instead of those that schemathesis would make."""
    monkeypatch.setattr(bench, "generated", lambda *_: (REQUESTS, ""))
    monkeypatch.setattr(bench, "ROUNDS", 1)
    monkeypatch.setattr(Exercise.__init__, "__defaults__", (5, {}, (), 50, 0.2))


@pytest.mark.usefixtures("generated")
def test_equal_and_under_load(project: Any, tmp_path: Path) -> None:
    """The stamp differs from run to run; the database that the app makes lies in the copy."""
    project.change(MAIN, ("def get_db", "# a remark\ndef get_db"))
    words = ("--tests", "", "--concurrency", "4", "--report", str(tmp_path / "report"))
    result = project.verify(*APP, *words, code=0)
    states = {step["name"]: step["state"] for step in result["steps"]}
    assert states.pop("tests") == "not measured"
    assert states.pop("responses in tests") == "not measured"
    assert states.pop("load") == "measured"
    assert set(states.values()) == {result["verdict"]} == {"equal"}
    assert result["step"]["responses to generated requests"]["headline"].startswith("3 of 3 equal; ")
    assert result["step"]["SQL statements"]["headline"] == "4 before, 4 after, over 3 requests"
    assert [row["endpoint"] for row in result["load"]] == ["GET /teams", "GET /teams/{team_id}"]
    assert all(row["rate_before"] > 0 and row["rate_after"] > 0 and row["concurrency"] == 4 for row in result["load"])
    assert (tmp_path / "report" / "verify.html").read_text("utf-8").count('<rect class="after"') == 2
    assert project.git("worktree", "list").count("\n") == 1
    assert project.git("status", "--short") == " M service/main.py\n"


@pytest.mark.usefixtures("generated")
def test_everything_got_worse(project: Any) -> None:
    """What a replacement of `def` by `async def` does, another status, another answer, a statement for each row."""
    project.change(
        MAIN,
        ("\ndef teams", "\nasync def teams"),
        (".options(selectinload(Team.people))", ""),
        ('@app.get("/teams/{team_id}")', '@app.get("/teams/{team_id}", status_code=201)'),
        ('"id": db.get_one(Team, team_id).id', '"id": 0'),
    )
    words = ("--tests", "python -m pytest -q", "--load", "GET /nowhere")
    step = project.verify(*APP, *words, code=3)["step"]
    gone, new = step["OpenAPI"]["findings"]
    assert gone.startswith("paths./teams/{team_id}.get.responses.200: gone, was {")
    assert new.startswith("paths./teams/{team_id}.get.responses.201: new, {")
    assert step["tests"]["headline"] == "1 of 2 still pass; 1 lost"
    assert step["tests"]["findings"] == ["tests/test_main.py::test_team: failed: AssertionError: assert 201 == 200"]
    assert "1 did not pass before" in step["tests"]["notes"][0]
    [blocking] = step["blocking calls"]["findings"]
    assert blocking.startswith("GET /teams blocks the loop in teams: sync SQLAlchemy engine (pysqlite)")
    assert step["responses in tests"]["findings"] == [
        "GET /teams/{team_id}: status: 200 became 201 (request 1 of tests/test_main.py::test_team)",
        "GET /teams/{team_id}: body.id: 2 became 0 (request 1 of tests/test_main.py::test_team)",
    ]
    assert (
        "GET /teams/{team_id}: status: 500 became 201 (GET /teams/9?x=1)"
        in (step["responses to generated requests"]["findings"])
    )
    [repeated] = step["SQL statements"]["findings"]
    assert repeated.startswith("GET /teams: 4 statements before, 10 after over 2 requests; one ran with 4 different")
    assert step["load"]["headline"] == "because no generated request to GET /nowhere succeeds"


def test_what_cannot_be_measured(project: Any) -> None:
    project.change(MAIN, ("app = FastAPI()", "raise RuntimeError('no database')"))
    project.git("commit", "-qam", "broken")
    result = project.verify(*APP, code=3)
    assert {step["state"] for step in result["steps"]} == {"not measured"} == {result["verdict"]}
    assert result["step"]["OpenAPI"]["headline"].endswith("cannot be imported: RuntimeError: no database")
    assert "because no test passes before: " in result["step"]["tests"]["headline"]


def test_folders_outside_git_and_a_report(project: Any, tmp_path: Path) -> None:
    """Two folders; --env fills in the copy; without --app only the tests are run."""
    old, new = (tmp_path / name / "checkout" for name in ("old", "new"))
    for folder in (old, new):
        folder.mkdir(parents=True)
        (folder / "a.py").write_text("import os\nX = os.environ['X']\n")
        (folder / "test_a.py").write_text("from a import X\ndef test_a(): assert X\n")
    project.root = new
    result = project.verify("--base", str(old), "--env", "X={tmp}", "--report", str(tmp_path / "report"), code=0)
    assert [step["name"] for step in result["steps"] if step["state"] != "not measured"] == ["tests"]
    assert "1 of 1 still pass" in (tmp_path / "report" / "verify.html").read_text()
    assert "| tests | equal | 1 of 1 still pass |" in (tmp_path / "report" / "verify.md").read_text()


def test_interrupted(project: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The temporary trees are removed, and the repository knows nothing of them any more."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(bench, "run_suite", interrupt)
    before = set(Path(tempfile.gettempdir()).glob("awaitify-verify-*"))
    words = ["verify", str(project.root), "--python", sys.executable, *APP]
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
