"""Which plugin runs the async tests of a project: the one that it has, else anyio's, which comes with FastAPI."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from awaitify.analysis.target_tests.fixtures import Fixtures, fixture_scope
from awaitify.project.index import Project

CONFIGURATION = ("pyproject.toml", "pytest.ini", ".pytest.ini", "setup.cfg", "tox.ini")
ASYNCIO = re.compile(rb"\bpytest\.mark\.asyncio\b|\bpytest_asyncio\b")
AUTO = r"^\s*{name}_mode\s*=\s*[\"']?auto\b"


@dataclass(frozen=True, slots=True)
class Runner:
    """name: "anyio" or "asyncio" (pytest-asyncio). is_auto: whether async tests need no mark. is_wide: whether async
    fixtures may outlive one test, all on one event loop."""

    name: str
    is_auto: bool
    is_wide: bool

    @property
    def mark(self) -> str:
        """The code of the decorator of an async test."""
        return f"pytest.mark.{self.name}"


def find_runner(project: Project, fixtures: Fixtures) -> Runner:
    """By the project's configuration and by the tests that are async already."""
    text = "\n".join(_configuration(project))
    is_auto = re.search(AUTO.format(name="asyncio"), text, re.MULTILINE) is not None
    if is_auto or any(file.is_test and ASYNCIO.search(file.source.text) for file in project.files):
        return Runner("asyncio", is_auto, False)
    backends = fixtures.by_name.get("anyio_backend", ())
    is_wide = all(fixture_scope(item) == "session" for item in backends)
    return Runner("anyio", re.search(AUTO.format(name="anyio"), text, re.MULTILINE) is not None, is_wide)


def _configuration(project: Project) -> list[str]:
    """The texts of what configures pytest, at the root and one folder down."""
    folders: list[Path] = [
        project.root,
        *sorted({file.path.parent for file in project.files if _is_near(project, file.path)}),
    ]
    paths = [folder / name for folder in dict.fromkeys(folders) for name in CONFIGURATION]
    return [path.read_text(errors="replace") for path in paths if path.is_file()]


def _is_near(project: Project, path: Path) -> bool:
    return len(path.parent.relative_to(project.root).parts) <= 1
