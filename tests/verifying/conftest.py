"""A small service with tests of its own, in a git repository, and `awaitify verify` run on it as a user does."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from awaitify.cli.app import app
from typer.testing import CliRunner

from ..fresh import LIGHT  # noqa: TID252

APP = """
from fastapi import Depends, FastAPI
from sqlalchemy import ForeignKey, create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship, selectinload

engine = create_engine("sqlite:///service.db")


class Base(DeclarativeBase):
    pass


class Team(Base):
    __tablename__ = "team"
    id: Mapped[int] = mapped_column(primary_key=True)
    people: Mapped[list["Person"]] = relationship()


class Person(Base):
    __tablename__ = "person"
    id: Mapped[int] = mapped_column(primary_key=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"))


Base.metadata.create_all(engine)
with Session(engine) as db:
    if not db.get(Team, 1):
        db.add_all(Team(id=team, people=[Person()]) for team in range(1, 5))
        db.commit()

app = FastAPI()


def get_db():
    with Session(engine) as db:
        yield db


@app.get("/teams")
def teams(db: Session = Depends(get_db)) -> list[int]:
    found = db.scalars(select(Team).options(selectinload(Team.people)).order_by(Team.id))
    return [len(team.people) for team in found]


@app.get("/teams/{team_id}")
def team(team_id: int, db: Session = Depends(get_db)) -> dict:
    return {"id": db.get_one(Team, team_id).id, "stamp": id(db)}
"""
TESTS = """
from fastapi.testclient import TestClient

from service.main import app

client = TestClient(app)


def test_teams():
    assert client.get("/teams").json() == [1, 1, 1, 1]


def test_team():
    assert client.get("/teams/2").status_code == 200


def test_failing():
    assert False
"""


class Project:
    """A git repository whose only commit is the code before; `write` is the work after it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.write("service/__init__.py", "")
        self.write("service/main.py", APP)
        self.write("tests/test_main.py", TESTS)
        for line in ("init -q", "config user.email a@b.c", "config user.name a", "add .", "commit -qm first"):
            self.git(*line.split())

    def write(self, path: str, text: str) -> None:
        """Writes a file."""
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text, "utf-8")

    def change(self, path: str, *pairs: tuple[str, str]) -> None:
        """Replaces texts that must be there."""
        text = (self.root / path).read_text("utf-8")
        for old, new in pairs:
            assert old in text
            text = text.replace(old, new)
        self.write(path, text)

    def git(self, *arguments: str) -> str:
        """Runs git here."""
        return subprocess.run(["git", *arguments], cwd=self.root, capture_output=True, text=True, check=True).stdout

    def verify(self, *arguments: str, code: int) -> dict[str, Any]:
        """The JSON of a run that must end with this exit code, its steps by name under "step"."""
        light = [word for pair in LIGHT.items() for word in ("--env", "=".join(pair))]
        words = ["verify", str(self.root), "--python", sys.executable, "--json", "-", *light, *arguments]
        result = CliRunner().invoke(app, words, catch_exceptions=False)
        assert result.exit_code == code, result.output
        assert "Runs the code of" in result.stderr
        data = json.loads(result.stdout)
        return {**data, "step": {step["name"]: step for step in data["steps"]}}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path / "checkout")
