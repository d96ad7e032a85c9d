"""Receivers that are plain data: what a function of the project returns, and what a loop takes from such data."""

from __future__ import annotations

from pathlib import Path

from ..pipeline_tools import app, converted, outcomes, write_service  # noqa: TID252

CRUD = """
import json

from sqlalchemy.orm import Session

from app.models import Item


class Job:
    def start(self):
        open("/tmp/x").read()


def remove(db: Session, item_id: int):
    item = db.get(Item, item_id)
    if item is None:
        return {"error": f"no {item_id}"}
    db.delete(item)
    db.commit()
    return {"msg": "gone"}


def found(kind):
    return {"job": kind()}


def words(text):
    return [word for word in json.loads(text)]
"""
MAIN = """
@app.delete("/items/{item_id}")
def remove(item_id: int, db: Session = Depends(get_db)):
    message = crud.remove(db, item_id)
    if message.get("error"):
        raise HTTPException(404, message.get("error"))
    return message


@app.get("/parts")
def parts(text: str, db: Session = Depends(get_db)):
    names = []
    for part in json.loads(text):
        names.append(part.get("name") + ": " + part.get("kind"))
    return [names, db.query(Item).count()]


@app.get("/job")
def job(db: Session = Depends(get_db)):
    found = crud.found(globals()["Job"])
    found.get("job").start()
    return db.query(Item).count()


@app.get("/put")
def put(db: Session = Depends(get_db)):
    held = {}
    held["job"] = globals()["Job"]()
    held["job"].start()
    return db.query(Item).count()
"""


def test_plain_data_of_project_functions_and_loops(tmp_path: Path) -> None:
    imports = "import json\n\nfrom app import crud"
    root = write_service(tmp_path, {**app(MAIN, imports), "app/crud.py": CRUD})
    assert outcomes(converted(root)) == {
        "DELETE /items/{item_id}": "native",
        "GET /parts": "native",
        "GET /job": "left",
        "GET /put": "left",
    }
