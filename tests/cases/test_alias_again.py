"""An alias of a dependency that got an async one beside it gets no other in a second run."""

from __future__ import annotations

from pathlib import Path

from awaitify.config import Settings
from awaitify.pipeline import plan_project

from ..pipeline_tools import app, converted, outcomes, write_service  # noqa: TID252

BODY = """
SessionDep = Annotated[Session, Depends(get_db)]


@app.get("/count")
def count(db: SessionDep) -> int:
    return db.query(Item).count()


@app.get("/left")
async def left(db: SessionDep) -> int:
    getattr(db, "commit")()
    return db.query(Item).count()
"""


def test_a_second_run_changes_nothing(tmp_path: Path) -> None:
    root = write_service(tmp_path, app(BODY, imports="from typing import Annotated"))
    first = converted(root)
    assert outcomes(first)["GET /count"] == "native"
    assert (root / "app/main.py").read_text().count("AsyncSessionDep = ") == 1
    assert plan_project(root, Settings()).after == {}
