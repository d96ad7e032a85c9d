"""A package that passes an engine or a session factory on passes its async twin on too."""

from __future__ import annotations

from pathlib import Path

from ..pipeline_tools import answers, converted, outcomes, write_service  # noqa: TID252

CONNECTION = """
from sqlalchemy import create_engine
from sqlalchemy.orm import sessionmaker

engine = create_engine("sqlite:///passed_on.db")
SessionLocal = sessionmaker(bind=engine)
"""
PACKAGE = """
from .connection import SessionLocal, engine

__all__ = ["SessionLocal", "engine"]
"""
MAIN = """
from app.storage import SessionLocal, engine
from fastapi import FastAPI
from sqlalchemy import text

app = FastAPI()


@app.get("/ready")
def ready():
    with engine.connect() as connection:
        return {"one": connection.execute(text("SELECT 1")).scalar()}


@app.get("/two")
async def two():
    with SessionLocal() as session:
        return {"two": session.execute(text("SELECT 2")).scalar()}
"""
REQUESTS = [("GET", "/ready", None), ("GET", "/two", None)]


def test_what_a_package_passes_on_has_its_twin_beside_it(tmp_path: Path) -> None:
    files = {"app/main.py": MAIN, "app/storage/__init__.py": PACKAGE, "app/storage/connection.py": CONNECTION}
    root = write_service(tmp_path, files, basic=False)
    before = answers(root, REQUESTS)
    assert [status for status, _ in before["answers"]] == [200, 200]
    result = converted(root)
    assert outcomes(result) == {"GET /ready": "native", "GET /two": "repaired"}
    package = result.after["app/storage/__init__.py"].decode()
    assert "from .connection import AsyncSessionLocal, SessionLocal, async_engine, engine" in package
    for name, data in result.after.items():
        (root / name).write_bytes(data)
    assert answers(root, REQUESTS) == before and not converted(root).after
