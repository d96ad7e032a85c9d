"""Why things became async: `explain` and the pages tell the nearest call that waits, and the way to it."""

from __future__ import annotations

from pathlib import Path

from awaitify.config import Settings
from awaitify.pipeline import plan_project
from awaitify.report.explain import explain

from ..pipeline_tools import DATABASE, MODELS, write_service  # noqa: TID252

SERVICE = """
import subprocess

from sqlalchemy.orm import Session

from app.models import Item


def names(db: Session) -> list[str]:
    return [item.name for item in db.query(Item).all()]


def report(db: Session) -> list[str]:
    subprocess.run(["true"], check=True)
    return names(db)
"""
MAIN = """
from fastapi import Depends, FastAPI
from sqlalchemy.orm import Session

from app.database import get_db
from app.service import names, report

app = FastAPI()


@app.get("/names")
def read_names(db: Session = Depends(get_db)) -> list[str]:
    return names(db)


@app.get("/report")
def read_report(db: Session = Depends(get_db)) -> list[str]:
    return report(db)


@app.get("/ping")
def ping() -> str:
    return "pong"

"""
TEST = """
from app.database import SessionLocal
from app.service import names


def test_names():
    with SessionLocal() as db:
        assert [*map(lambda _: names(db), [0])] == [[]]
"""
FILES = {
    "app/__init__.py": "", "app/database.py": DATABASE, "app/models.py": MODELS, "app/service.py": SERVICE,
    "app/main.py": MAIN, "tests/test_names.py": TEST,
}  # fmt: skip


def test_what_became_async_says_why(tmp_path: Path) -> None:
    root = write_service(tmp_path / "service", FILES, basic=False)
    plan = plan_project(root, Settings()).plan

    route = explain(plan, "GET /names")
    assert route.startswith("GET /names, app.main.read_names (app/main.py:11): sync -> async: native\n")
    assert "because `db.query(Item).all()` waits for the database [query] (app/service.py:9)" in route
    assert "> app.main.read_names\n      > app.service.names\n" in route
    twin = explain(plan, "app.service.names")
    assert "its sync form stays beside it: tests.test_names.test_names calls it and stays as it is [twin]" in twin
    assert "because `subprocess.run()` blocks, so it runs in a thread [blocking-call]" in explain(plan, "report")
    assert "it is a route, and nothing on its path waits [route]" in explain(plan, "GET /ping")
    reasons = {edit.reason for file in plan.files for edit in file.edits}
    assert "`subprocess.run()` blocks, so it runs in a thread" in reasons


def test_what_is_not_known_is_not_said_to_be_repaired(tmp_path: Path) -> None:
    main = """
from fastapi import FastAPI, Request

app = FastAPI()


def found(db, name: str):
    return db.find(name).one()


@app.get("/found/{name}")
async def find(name: str, request: Request):
    with request.state.store.opened() as db:
        return found(db, name)
"""
    root = write_service(tmp_path / "service", {"app/__init__.py": "", "app/main.py": main}, basic=False)
    plan = plan_project(root, Settings()).plan
    assert [(item.outcome, item.reasons) for item in plan.routes] == [("unchanged", ())] and not plan.files
