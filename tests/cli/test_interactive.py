"""`apply --interactive` on two routers that share a service, a real plan each time."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from awaitify.cli.app import app
from awaitify.config import Settings
from awaitify.pipeline import plan_project
from typer.testing import CliRunner

DATABASE = """
from sqlalchemy import create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, sessionmaker

engine = create_engine("sqlite:///app.db")
SessionLocal = sessionmaker(bind=engine)


class Base(DeclarativeBase):
    pass


class Item(Base):
    __tablename__ = "items"
    id: Mapped[int] = mapped_column(primary_key=True)


def get_db():
    db = SessionLocal()
    try:
        yield db
    finally:
        db.close()


def count(db) -> int:
    return db.query(Item).count()
"""
ROUTER = """
from fastapi import APIRouter, Depends
from sqlalchemy.orm import Session

from app.database import count, get_db

router = APIRouter()


@router.get("/NAME")
def NAME(db: Session = Depends(get_db)):
    return count(db)
"""
MAIN = """
from fastapi import FastAPI

from app import first, second

app = FastAPI()
app.include_router(first.router)
app.include_router(second.router)
"""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("service")
    (root / "app").mkdir()
    files = {"__init__": "", "database": DATABASE, "main": MAIN}
    files |= {name: ROUTER.replace("NAME", name) for name in ("first", "second")}
    for name, text in files.items():
        (root / "app" / f"{name}.py").write_text(text.lstrip("\n"))
    return root


def ask(root: Path, answers: str) -> Any:
    """A run with these answers, a line each."""
    words = ["apply", str(root), "--interactive", "--python", sys.executable]
    return CliRunner().invoke(app, words, input="".join(f"{answer}\n" for answer in answers), catch_exceptions=False)


def text(root: Path, name: str) -> str:
    return (root / "app" / f"{name}.py").read_text()


def test_a_skipped_router_stays(service: Path) -> None:
    result = ask(service, "q")
    assert (result.exit_code, "nothing is written" in result.stderr) == (0, True)
    assert "+async def first(" in result.stdout and "+async def second(" not in result.stdout
    assert "async" not in text(service, "first")
    alone = plan_project(service, Settings(python=Path(sys.executable), routes=("GET /second",))).after
    result = ask(service, "?ny")  # the first answer is none
    assert result.exit_code == 0, result.output
    assert "async def second(" in text(service, "second") and "async" not in text(service, "first")
    assert {name: (service / name).read_bytes() for name in alone} == alone, "as if it had been selected by --route"


def test_the_rest_at_once(service: Path) -> None:
    result = ask(service, "a")
    assert result.exit_code == 0, result.output
    assert "async def first(" in text(service, "first")
    again = CliRunner().invoke(app, ["apply", str(service), "--interactive", "--diff"])
    assert (again.exit_code, "leave out --plan, --diff" in again.stderr) == (2, True)
