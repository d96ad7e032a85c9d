"""A pipeline that only pretends, a project for it, and the command line as a user starts it."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

import pytest
from awaitify.cli.app import app
from awaitify.config import Settings
from awaitify.errors import RefusedError
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

    error: BaseException | None = None
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
    carrying = ModuleType("awaitify.carrying")
    module.__dict__.update(plan_project=fake.plan_project)
    carrying.__dict__.update(apply_plan=fake.apply_plan)
    monkeypatch.setitem(sys.modules, "awaitify.pipeline", module)
    monkeypatch.setitem(sys.modules, "awaitify.carrying", carrying)
    return fake


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "main.py").write_bytes(OLD)
    return folder


@pytest.fixture
def repository(root: Path) -> Path:
    for line in ("init -q", "config user.email a@b.c", "config user.name a", "add .", "commit -qm first"):
        subprocess.run(["git", *line.split()], cwd=root, check=True)
    return root


class Cli:
    """`cli("plan", root)` runs a command; `cli.error(2, "plan", root)` one that must end with that code."""

    def __call__(self, *arguments: object) -> Result:
        return CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)

    def error(self, code: int, *arguments: object) -> str:
        """The one line of the error: on stderr, and nothing on stdout."""
        result = self(*arguments)
        assert result.exit_code == code, result.output
        assert result.stdout == ""
        assert len(result.stderr.splitlines()) == 1, result.stderr
        assert result.stderr.startswith("awaitify: ")
        return result.stderr


@pytest.fixture
def cli() -> Cli:
    return Cli()
