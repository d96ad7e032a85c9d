"""Receivers that are parts of plain data: of columns of JSON, of what a request sent, of what a client decodes."""

from __future__ import annotations

import sys
from pathlib import Path

from ..pipeline_tools import answers, app, converted, outcomes, route, rules, write_service  # noqa: TID252

NOTES = """
from sqlalchemy import JSON, Column, Integer, TypeDecorator
from sqlalchemy.ext.mutable import MutableList

from app.database import Base, engine


class Job:
    def get(self, name):
        return open(name).read()


class Jobs(TypeDecorator):
    impl = JSON
    cache_ok = True

    def process_result_value(self, value, dialect):
        return Job()


class Note(Base):
    __tablename__ = "notes"
    id = Column(Integer, primary_key=True)
    payload = Column(JSON, nullable=False, default={})
    tags = Column(MutableList.as_mutable(JSON().with_variant(JSON(), "postgresql")))
    job = Column(Jobs)


Base.metadata.create_all(engine)
"""
MAIN = """
@app.post("/notes")
def add(sent: dict, db: Session = Depends(get_db)):
    db.add(Note(payload=sent, tags=[{"name": name} for name in sent.get("names", [])], job={}))
    db.commit()
    return sent.get("inner", {}).get("a")


@app.get("/column")
def column(db: Session = Depends(get_db)):
    note = db.query(Note).first()
    return note.payload.get("inner")


@app.get("/tags")
def tags(db: Session = Depends(get_db)):
    found = []
    for note in db.query(Note).all():
        for tag in note.tags or []:
            found.append(tag.get("name"))
    return found


@app.get("/job")
def job(db: Session = Depends(get_db)):
    note = db.query(Note).first()
    return note.job.get("x")


@app.post("/rows")
def rows(sent: list = Body(...), db: Session = Depends(get_db)):
    found = [db.query(Note).count()]
    for number, row in enumerate(sent):
        for key, value in row.items():
            found.append([number, key, value.get("a")])
    return found


JOBS = {}
JOBS["Job"] = Job


def given(kind: str = "x"):
    return JOBS["Job"]()


@app.get("/given")
def depended(sent: Any = Depends(given), db: Session = Depends(get_db)):
    return [db.query(Note).count(), sent.get("x")]


@app.post("/put")
def put(sent: dict, db: Session = Depends(get_db)):
    sent.update({"job": JOBS["Job"]()})
    return [db.query(Note).count(), sent["job"].get("x")]


def size_of(name: str, meta: dict = None):
    inner = (meta or {}).get(name)
    return inner.get("size", 1)


@app.post("/sizes")
def sizes(text: str, db: Session = Depends(get_db)):
    return [db.query(Note).count(), size_of("a", json.loads(text))]
"""
IMPORTS = "import json\nfrom typing import Any\n\nfrom fastapi import Body\n\nfrom app.notes import Job, Note"
ASKED = [
    ("POST", "/notes", {"inner": {"a": 1}, "names": ["x", "y"]}),
    ("GET", "/column", None),
    ("GET", "/tags", None),
    ("POST", "/rows", [{"k": {"a": 3}}, {"l": {}}]),
    ("POST", "/sizes?text=%7B%22a%22%3A+%7B%22size%22%3A+4%7D%7D", None),
]


def test_parts_of_json_are_plain(tmp_path: Path) -> None:
    root = write_service(tmp_path, {**app(MAIN, IMPORTS), "app/notes.py": NOTES})
    before = answers(root, ASKED)
    assert before["answers"] == [
        [200, 1], [200, {"a": 1}], [200, ["x", "y"]], [200, [1, [0, "k", 3], [1, "l", None]]], [200, [1, 4]],
    ]  # fmt: skip
    result = converted(root)
    left = {"GET /job", "GET /given", "POST /put"}
    assert {name for name, outcome in outcomes(result).items() if outcome == "left"} == left
    assert all("unresolved-call" in rules(route(result, *name.split())) for name in left)
    assert answers(root, ASKED) == before


CLIENTS = """
kept = redis.Redis()


@app.get("/kept")
def hashed(key: str, db: Session = Depends(get_db)):
    found = kept.hgetall(key)
    return [db.query(Item).count(), found.get("a"), kept.info().get("redis_version")]


@app.get("/locked")
def locked(key: str, db: Session = Depends(get_db)):
    found = kept.lock(key)
    return [db.query(Item).count(), found.get("a")]
"""


def test_what_a_client_decodes_is_plain(tmp_path: Path) -> None:
    root = write_service(tmp_path, app(CLIENTS, "import redis"))
    assert outcomes(converted(root, python=Path(sys.executable))) == {"GET /kept": "native", "GET /locked": "left"}
