"""Functions that block, handed to something that calls them: no await can stand there."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..pipeline_tools import app, converted, route, rules, write_service  # noqa: TID252

BODY = """
import time


def slow(n: int) -> int:
    time.sleep(0.001)
    return n * 2


@app.get("/names")
def names(db: Session = Depends(get_db)) -> list[int]:
    prices = [item.price for item in db.query(Item).all()]
    return {expression}
"""


CALLS = ["sorted(prices, key=slow)", "list(map(slow, prices))", "[max(prices, key=slow)]"]


@pytest.mark.parametrize("expression", CALLS)
def test_a_blocking_function_that_a_builtin_calls_keeps_its_user_sync(tmp_path: Path, expression: str) -> None:
    root = write_service(tmp_path / "service", app(BODY.replace("{expression}", expression)))
    outcome = route(converted(root), "GET", "/names")
    assert outcome.after == "sync"
    assert "used-as-value" in rules(outcome)


def test_a_background_task_may_block(tmp_path: Path) -> None:
    body = BODY.replace("{expression}", "prices").replace("db: Session", "tasks: BackgroundTasks, db: Session")
    body = body.replace("    return prices", "    tasks.add_task(slow, 3)\n    return prices")
    root = write_service(tmp_path / "service", app(body))
    assert route(converted(root), "GET", "/names").after == "async"
