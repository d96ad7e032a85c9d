"""A route that only declares a session of a dependency that stays sync keeps the session's type."""

from __future__ import annotations

from pathlib import Path

from awaitify.config import Settings
from awaitify.pipeline import plan_project

from ..pipeline_tools import DATABASE, write_service  # noqa: TID252

MAIN = """
from fastapi import Depends, FastAPI, Request
from sqlalchemy.orm import Session

app = FastAPI()


def current_db(request: Request) -> Session:
    return request.state.db


@app.get("/unused")
def unused(db: Session = Depends(current_db)) -> int:
    return 1
"""


def test_the_annotation_of_a_session_that_stays_sync_is_kept(tmp_path: Path) -> None:
    write_service(tmp_path, {"app/database.py": DATABASE, "app/main.py": MAIN}, basic=False)
    result = plan_project(tmp_path, Settings())
    assert result.plan.routes[0].path == "/unused"
    text = result.after.get("app/main.py", MAIN.encode()).decode()
    assert "db: Session = Depends(current_db)" in text
    assert "AsyncSession" not in text
