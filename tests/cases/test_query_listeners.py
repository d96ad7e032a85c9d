"""A listener of legacy queries changes each of them; a select does not run it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..pipeline_tools import answers, converted, outcomes, route, write_service  # noqa: TID252

MAIN = """
from fastapi import Depends, FastAPI
from sqlalchemy import create_engine, event, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Query, Session, mapped_column, sessionmaker

engine = create_engine("sqlite:///app.db", connect_args={"check_same_thread": False})
SessionLocal = sessionmaker(engine)


class Base(DeclarativeBase):
    pass


class Note(Base):
    __tablename__ = "notes"
    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str]
    gone: Mapped[bool] = mapped_column(default=False)


LISTENER
Base.metadata.create_all(engine)
app = FastAPI()


def get_db():
    db = SessionLocal()
    try:
        yield db
    finally:
        db.close()


@app.post("/notes")
def add(text: str, gone: bool, db: Session = Depends(get_db)) -> None:
    db.add(Note(text=text, gone=gone))
    db.commit()


def present(db: Session):
    return db.query(Note).order_by(Note.id)


@app.get("/notes")
def notes(db: Session = Depends(get_db)) -> list[str]:
    return [note.text for note in db.query(Note).order_by(Note.id).all()]


@app.get("/first")
def first(db: Session = Depends(get_db)) -> str:
    return present(db).first().text


@app.get("/all")
def every(db: Session = Depends(get_db)) -> list[str]:
    return [note.text for note in db.scalars(select(Note).order_by(Note.id))]


@app.delete("/notes")
def clear(db: Session = Depends(get_db)) -> int:
    count = db.query(Note).delete()
    db.commit()
    return count
"""
DECORATED = """
@event.listens_for(Query, "before_compile", retval=True)
def hide(query):
    for item in query.column_descriptions:
        if item["entity"] is Note:
            query = query.enable_assertions(False).filter(Note.gone.is_(False))
    return query
"""
CALLED = """
def keep(query, update_or_delete):
    return query.filter(Note.gone.is_(True))


event.listen(Query, "before_compile_delete", keep, retval=True)
"""
REQUESTS = [
    ("POST", "/notes?text=a&gone=true", None),
    ("POST", "/notes?text=b&gone=false", None),
    ("GET", "/notes", None),
    ("GET", "/first", None),
    ("GET", "/all", None),
    ("DELETE", "/notes", None),
    ("GET", "/all", None),
]


@pytest.mark.parametrize(
    ("listener", "read"),
    [pytest.param(DECORATED, ["b"], id="decorator"), pytest.param(CALLED, ["a", "b"], id="call")],
)
def test_queries_that_something_listens_to_stay(tmp_path: Path, listener: str, read: list[str]) -> None:
    root = write_service(tmp_path, {"app/main.py": MAIN.replace("LISTENER", listener)}, basic=False)
    before = answers(root, REQUESTS)
    assert before["answers"][2] == [200, read]
    result = converted(root)
    assert outcomes(result) == {
        "POST /notes": "native",
        "GET /notes": "left",
        "GET /first": "left",
        "GET /all": "native",
        "DELETE /notes": "left",
    }
    assert "would not hear a select" in route(result, "GET", "/notes").reasons[0].message
    assert answers(root, REQUESTS) == before
