"""The LibCST command gives each file what `apply` gives it."""

from __future__ import annotations

import argparse
import hashlib
import subprocess
import sys
from pathlib import Path

import libcst as cst
import pytest
from awaitify.commands.convert import ConvertCommand
from awaitify.errors import AwaitifyError, RefusedError
from awaitify.plan_model import FilePlan, ProjectPlan
from awaitify_transforms.edits import AwaitCall, MakeAsync
from libcst.codemod import CodemodContext

BEFORE = "def f():\n    return g()  # kept\n"
AFTER = "async def f():\n    return await g()  # kept\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with a.py, b.py (not planned) and plan.json."""
    (tmp_path / "a.py").write_text(BEFORE)
    (tmp_path / "b.py").write_text(BEFORE)
    edits = (MakeAsync(span=(4, 5)), AwaitCall(span=(20, 23)))
    plan = ProjectPlan(files=(FilePlan("a.py", hashlib.sha256(BEFORE.encode()).hexdigest(), edits),))
    (tmp_path / "plan.json").write_text(plan.to_json())
    return tmp_path


def run(project: Path, name: str) -> str:
    context = CodemodContext(filename=str(project / name))
    command = ConvertCommand(context, plan=str(project / "plan.json"), project=str(project))
    return command.transform_module(cst.parse_module((project / name).read_text())).code


def test_a_planned_file_is_converted(project: Path) -> None:
    assert run(project, "a.py") == AFTER


def test_another_file_is_left(project: Path) -> None:
    assert run(project, "b.py") == BEFORE


def test_a_changed_file_is_refused(project: Path) -> None:
    (project / "a.py").write_text(BEFORE + "\n")
    with pytest.raises(RefusedError, match="has changed since"):
        run(project, "a.py")


@pytest.mark.parametrize(("text", "message"), [(None, "cannot be read"), ("{}", "is not a plan")])
def test_a_plan_that_is_none(tmp_path: Path, text: str | None, message: str) -> None:
    if text is not None:
        (tmp_path / "plan.json").write_text(text)
    with pytest.raises(AwaitifyError, match=message):
        ConvertCommand(CodemodContext(), plan=str(tmp_path / "plan.json"))


def test_the_options() -> None:
    parser = argparse.ArgumentParser()
    ConvertCommand.add_args(parser)
    assert vars(parser.parse_args(["--plan", "p.json"])) == {"plan": "p.json", "project": "."}


def test_the_tool_of_libcst_runs_it(project: Path) -> None:
    command = [sys.executable, "-m", "libcst.tool", "codemod", "-x", "awaitify.commands.convert.ConvertCommand"]
    command += ["--plan", "plan.json", "--no-format", "-j", "1", "a.py", "b.py"]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert ((project / "a.py").read_text(), (project / "b.py").read_text()) == (AFTER, BEFORE)
