"""Pools of one connection over a URL that only the environment knows: the database may be in memory, so all stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..pipeline_tools import answers, app, converted, outcomes, write_service  # noqa: TID252

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


SERVED = """
import os

from sqlalchemy import create_engine
from sqlalchemy.orm import DeclarativeBase, sessionmaker
from sqlalchemy.pool import StaticPool

engine = create_engine(os.environ.get("NOTES_URL"), connect_args={"OPTION": 10}, poolclass=StaticPool)
SessionLocal = sessionmaker(bind=engine)


class Base(DeclarativeBase):
    pass


def get_db():
    db = SessionLocal()
    try:
        yield db
    finally:
        db.close()
"""
BODY = """
@app.get("/n")
def n(db: Session = Depends(get_db)):
    return {"n": db.query(Item).count()}
"""


@pytest.mark.parametrize(("option", "outcome"), [("connect_timeout", "native"), ("timeout", "left")])
def test_an_option_that_sqlite_does_not_know_names_a_server(tmp_path: Path, option: str, outcome: str) -> None:
    root = write_service(tmp_path, {**app(BODY), "app/database.py": SERVED.replace("OPTION", option)})
    (root / "requirements.txt").write_text("sqlalchemy\npsycopg2-binary\n")
    result = converted(root)
    assert outcomes(result) == {"GET /n": outcome}
    text = (root / "app/database.py").read_text()
    assert ('engine.url.set(drivername="postgresql+psycopg")' in text) == (outcome == "native")


FAKED = """
from unittest.mock import MagicMock, patch

from app.main import app
from fastapi.testclient import TestClient


@patch("app.database.SessionLocal")
def test_n(factory):
    factory.return_value = MagicMock()
    assert TestClient(app).get("/n").status_code == 500
"""
PLAIN = """
@app.get("/version")
def version():
    return "1"
"""


def test_a_fake_of_what_stays_holds_nothing_else(tmp_path: Path) -> None:
    files = {**app(BODY + PLAIN), "app/database.py": SERVED.replace("OPTION", "timeout"), "tests/test_n.py": FAKED}
    assert outcomes(converted(write_service(tmp_path, files))) == {"GET /n": "left", "GET /version": "native"}
