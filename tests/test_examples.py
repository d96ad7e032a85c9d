"""The examples convert by one command, and their own tests pass before and after, without an edit by hand."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from awaitify.config import Settings
from awaitify.pipeline import plan_project
from awaitify.writing import write

from .fresh import LIGHT

EXAMPLES = Path(__file__).parent.parent / "examples"
SKIPPED = shutil.ignore_patterns("__pycache__", "*.db", ".pytest_cache", "uploads")


def run_tests(root: Path, converted: bool = False) -> str:
    """The closing line of the example's own tests, which expect more concurrency when ``converted``."""
    env = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST")} | LIGHT
    env["CONVERTED"] = str(int(converted))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=root, env=env, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stdout[-4000:]
    return done.stdout.strip().splitlines()[-1].partition(" in ")[0]


@pytest.mark.parametrize(
    ("name", "routes", "still_sync"),
    [
        ("chat_insights", 29, 0),
        ("deal_desk", 12, 0),
        ("room_designer", 13, 0),
        ("story_studio", 19, 0),
        ("qa_assistant", 46, 0),
    ],
)
def test_an_example_behaves_the_same_after_its_conversion(
    tmp_path: Path, name: str, routes: int, still_sync: int
) -> None:
    root = tmp_path / name
    shutil.copytree(EXAMPLES / name, root, ignore=SKIPPED)
    before = run_tests(root)
    result = plan_project(root, Settings(python=Path(sys.prefix)))
    assert len(result.plan.routes) == routes
    left = [route for route in result.plan.routes if route.after == "sync"]
    assert len(left) <= still_sync and all(route.reasons for route in left)
    write(root, result.before, result.after)
    assert run_tests(root, converted=True).split(",")[0] == before.split(",")[0]
    again = plan_project(root, Settings(python=Path(sys.prefix)))
    assert again.after == {}
