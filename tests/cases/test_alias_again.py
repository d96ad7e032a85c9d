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


ROUTER = """
from typing import Annotated

from fastapi import APIRouter, Depends
from sqlalchemy.orm import Session

from app.database import get_db
from app.models import Item

router = APIRouter()
SessionDep = Annotated[Session, Depends(get_db)]


@router.get("/{path}")
def read(db: SessionDep) -> int:
    return db.query(Item).count()
"""


def test_modules_with_an_alias_of_one_name_each(tmp_path: Path) -> None:
    """Each is changed in place: what another module calls by that name is no use of it."""
    main = "from fastapi import FastAPI\n\nfrom app import first, second\n\napp = FastAPI()\n"
    main += "app.include_router(first.router)\napp.include_router(second.router)\n"
    files = {f"app/{name}.py": ROUTER.replace("{path}", name) for name in ("first", "second")}
    root = write_service(tmp_path, {**files, "app/main.py": main})
    assert set(outcomes(converted(root)).values()) == {"native"}
    for name in ("first", "second"):
        text = (root / f"app/{name}.py").read_text()
        assert "SessionDep = Annotated[AsyncSession, Depends(get_async_db)]" in text
        assert "[Session" not in text
        assert "async def read(db: SessionDep)" in text
    assert "def get_db" not in (root / "app/database.py").read_text()
