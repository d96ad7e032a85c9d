"""Lazy loads: every case answers after the conversion as before it, or is left with a reason that names its line."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from awaitify.pipeline import Result

from ..fresh import run_fresh  # noqa: TID252
from ..pipeline_tools import converted, write_service  # noqa: TID252
from .lazy_loads_models import DATABASE, MODELS, SCHEMAS, SEED
from .lazy_loads_service import FLOWS, HEAD, READS, RESPONSES, SERVICES

RUNNER = """
import json, sys
from app.seed import reset
reset()
from fastapi.testclient import TestClient
from app.main import app
answers = {}
with TestClient(app, raise_server_exceptions=False) as client:
    for path in json.loads(sys.argv[1]):
        reset()
        answer = client.get(path)
        answers[path] = [answer.status_code, answer.text]
print(json.dumps(answers))
"""
MAIN = "\n\n".join((HEAD.strip(), READS.strip(), FLOWS.strip(), RESPONSES.strip())) + "\n"
PATHS = re.findall(r'@app\.get\("([^"]+)"', MAIN)
# What no cure serves yet: path -> what the reason says. Each is left as it was, and the reason names its line.
LEFT = {
    "/proxy": "User.posts is read",
    "/deferred": "User.bio is a deferred column",
    "/dynamic": "its meaning is unknown",
    "/bulk": "a bulk statement changed the table",
    "/rolled-back-quietly": "is read after a rollback",
    "/rolled-back-in-loop": "is read after a rollback",
    "/bulk-in-service": "a bulk statement changed the table",
    "/expired": "user is read after expire()",
}
LINES = MAIN.splitlines()


@dataclass(frozen=True)
class Outcome:
    before: dict[str, Any]
    after: dict[str, Any]
    result: Result


def answers(root: Path) -> dict[str, Any]:
    """Path -> status and text, each on fresh data."""
    (root / "app.db").unlink(missing_ok=True)
    done = run_fresh(RUNNER, [json.dumps(PATHS)], root, timeout=240)
    (root / "app.db").unlink(missing_ok=True)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """One service, one plan, two runs."""
    files: dict[str, str | bytes] = {
        "app/database.py": DATABASE, "app/models.py": MODELS, "app/schemas.py": SCHEMAS, "app/seed.py": SEED,
        "app/services.py": SERVICES, "app/main.py": MAIN,
    }  # fmt: skip
    root = write_service(tmp_path_factory.mktemp("lazy"), files, basic=False)
    before = answers(root)
    result = converted(root)
    return Outcome(before, answers(root), result)


def parsed(answer: list[Any]) -> list[Any]:
    """The answer with its JSON read: the order of `__dict__` is that of loading, and means nothing."""
    status, text = answer
    return [status, json.loads(text) if status == 200 else text]


@pytest.mark.parametrize("path", PATHS)
def test_case(outcome: Outcome, path: str) -> None:
    (route,) = [item for item in outcome.result.plan.routes if item.path == path]
    assert outcome.before[path][0] in (200, 500)
    assert parsed(outcome.after[path]) == parsed(outcome.before[path])
    if path not in LEFT:
        assert (route.after, route.reasons) == ("async", ())
        return
    assert route.after == "sync"
    first = next(number for number, line in enumerate(LINES, 1) if f'"{path}"' in line)
    for reason in route.reasons:
        assert LEFT[path] in reason.message
        assert reason.file == "app/main.py"
        assert first < reason.line < first + 12
