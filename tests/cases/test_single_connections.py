"""Pools of one connection over a URL that only the environment knows: the database may be in memory, so all stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..pipeline_tools import answers, converted, outcomes, write_service  # noqa: TID252

MAIN = """
import os

from fastapi import Depends, FastAPI
from sqlalchemy import create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from sqlalchemy.pool import StaticPool

app = FastAPI()


class Base(DeclarativeBase):
    pass


class Note(Base):
    __tablename__ = "notes"
    id: Mapped[int] = mapped_column(primary_key=True)


class Database:
    def __init__(self, url: str):
        if url.startswith("sqlite"):
            self.engine = create_engine(URL, connect_args={"check_same_thread": False}, poolclass=StaticPool)
        else:
            self.engine = create_engine(url, pool_pre_ping=True)

    def count(self) -> int:
        with Session(self.engine) as session:
            return session.query(Note).count()


database = Database(os.environ.get("NOTES_URL", "sqlite:" + "//"))
Base.metadata.create_all(database.engine)


def get_database() -> Database:
    return database


@app.get("/notes")
def notes(database: Database = Depends(get_database)):
    return database.count()
"""


@pytest.mark.parametrize(("url", "outcome"), [("url", "bridged"), ('"sqlite:///./app.db"', "native")])
def test_a_database_that_may_be_in_memory_has_one_engine(tmp_path: Path, url: str, outcome: str) -> None:
    root = write_service(tmp_path, {"app/main.py": MAIN.replace("URL,", f"{url},")}, basic=False)
    asked = [("GET", "/notes", None)]
    before = answers(root, asked)
    assert before["answers"] == [[200, 0]]
    result = converted(root)
    assert answers(root, asked) == before
    assert outcomes(result) == {"GET /notes": outcome}
