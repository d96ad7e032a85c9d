"""An engine that reads and writes JSON in its own way: so does the one that tests give the app."""

from __future__ import annotations

from pathlib import Path

from ..pipeline_tools import converted, outcomes, write_service  # noqa: TID252
from .ladder_service import passes

DATABASE = """
import json
from datetime import date

from sqlalchemy import create_engine
from sqlalchemy.orm import DeclarativeBase, sessionmaker


def dumps(value):
    return json.dumps(value, default=lambda item: {"date": item.isoformat()})


def loads(text):
    return json.loads(text, object_hook=lambda item: date.fromisoformat(item["date"]) if "date" in item else item)


engine = create_engine("sqlite:///./app.db", json_serializer=dumps, json_deserializer=loads)
SessionLocal = sessionmaker(bind=engine)


class Base(DeclarativeBase):
    pass


def get_db():
    with SessionLocal() as db:
        yield db
"""
MAIN = """
from datetime import date

from fastapi import Depends, FastAPI
from sqlalchemy import JSON, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.database import Base, engine, get_db

app = FastAPI()


class Note(Base):
    __tablename__ = "notes"
    id: Mapped[int] = mapped_column(primary_key=True)
    data: Mapped[dict] = mapped_column(JSON)


@app.post("/notes/{year}")
def create(year: int, db: Session = Depends(get_db)) -> int:
    note = Note(data={"since": date(year, 1, 1)})
    db.add(note)
    db.commit()
    return note.id


@app.get("/years")
def years(db: Session = Depends(get_db)) -> list[int]:
    return [note.data["since"].year for note in db.scalars(select(Note).order_by(Note.id))]
"""
TESTS = """
from datetime import date

import pytest
from fastapi.testclient import TestClient

from app.database import Base, SessionLocal, engine, get_db
from app.main import Note, app


@pytest.fixture
def db():
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    with SessionLocal() as session:
        yield session


@pytest.fixture
def client(db):
    app.dependency_overrides[get_db] = lambda: db
    return TestClient(app)


def test_years(client, db):
    db.add(Note(data={"since": date(2001, 2, 3)}))
    db.commit()
    assert client.post("/notes/2002").json() == 2
    assert client.get("/years").json() == [2001, 2002]
"""


def test_the_engine_of_tests_has_the_same_json(tmp_path: Path) -> None:
    files = {"app/database.py": DATABASE, "app/main.py": MAIN, "tests/__init__.py": "", "tests/test_notes.py": TESTS}
    root = write_service(tmp_path / "service", files, basic=False)
    passes(root, 1)
    result = converted(root)
    assert set(outcomes(result).values()) == {"native"}, result.plan.routes
    assert "json_serializer=engine.dialect._json_serializer" in (root / "tests/test_notes.py").read_text()
    passes(root, 1)
    assert converted(root).after == {}
