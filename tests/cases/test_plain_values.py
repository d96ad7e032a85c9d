"""Receivers that are plain data: what a function of the project returns, and what a loop takes from such data."""

from __future__ import annotations

from pathlib import Path

from ..pipeline_tools import answers, app, converted, outcomes, write_service  # noqa: TID252

CRUD = """
import json
import re

from sqlalchemy.orm import Session

from app.models import Item


class Job:
    def start(self):
        open("/tmp/x").read()

    def pop(self):
        return open("/tmp/x").read()


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


number = re.compile(r"(?P<size>[0-9]+)")
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


@app.get("/groups")
def groups(text: str, size: int = 0, db: Session = Depends(get_db)):
    named = crud.number.match(text or size).groupdict()
    return [named.pop("size"), db.query(Item).count()]


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
        "GET /groups": "native",
        "GET /job": "left",
        "GET /put": "left",
    }


SETTINGS = """
import json
import os
from pathlib import Path


def read() -> dict:
    path = Path(os.environ.get("SETTINGS", "settings.json"))
    with open(path, "rb") as file:
        found = json.load(file)
    return found


settings = read()
direct = json.loads('{"a": {"b": 1}}')
filled = read()
twice = read()
twice = globals()


def fill(job):
    filled["job"] = {"x": job}
"""
READERS = """
@app.get("/decoded")
def decoded(text: str, db: Session = Depends(get_db)):
    return [json.loads(text).get("a", 0), db.query(Item).count()]


@app.get("/settings")
def read_settings(db: Session = Depends(get_db)):
    return [settings.get("server", {}).get("sizes", {}).get("a"), direct["a"].get("b"), db.query(Item).count()]


@app.get("/part")
def part(db: Session = Depends(get_db)):
    sizes = settings["server"]["sizes"]
    return [sizes.get(name) for name, in db.query(Item.name).all()]


@app.get("/filled")
def read_filled(db: Session = Depends(get_db)):
    return [filled.get("job", {}).get("x").get("y"), db.query(Item).count()]


@app.get("/twice")
def read_twice(db: Session = Depends(get_db)):
    return [twice["os"].get("y"), db.query(Item).count()]


@app.get("/shadowed")
def shadowed(name: str, db: Session = Depends(get_db)):
    settings = globals()[name]
    return [settings["a"].get("y"), db.query(Item).count()]
"""


def test_plain_data_of_modules(tmp_path: Path) -> None:
    imports = "import json\nfrom app.settings import direct, filled, settings, twice"
    files = {"app/settings.py": SETTINGS, "settings.json": '{"server": {"sizes": {"a": 3}}}'}
    root = write_service(tmp_path / "service", {**files, **app(READERS, imports)})
    requests = [("GET", "/decoded?text=%7B%22a%22:5%7D", None), ("GET", "/settings", None), ("GET", "/part", None)]
    before = answers(root, requests)
    assert [code for code, _ in before["answers"]] == [200] * 3
    found = outcomes(converted(root))
    assert {path for path, outcome in found.items() if outcome == "native"} == {
        "GET /decoded",
        "GET /settings",
        "GET /part",
    }
    assert answers(root, requests) == before


FILTERED = """
@app.get("/filtered")
def filtered(column: str, how: str, value: str, db: Session = Depends(get_db)) -> list[str]:
    kind, attr = column, None
    attr = getattr(Item, column)
    if how == "in":
        condition = attr.in_([value])
    elif how == "like":
        condition = attr.like(value)
    else:
        condition = attr.is_(None)
    return [item.name for item in db.query(Item).filter(condition).order_by(Item.id).all()]


@app.get("/sent")
def sent(how: str, value: str, db: Session = Depends(get_db)) -> int:
    post = getattr(globals()["posts"], how)
    if how == "in":
        post.in_([value])
    post.send()
    post.like(value)
    return db.query(Item).count()


@app.get("/rebound")
def rebound(how: str, value: str, db: Session = Depends(get_db)) -> int:
    post = getattr(Item, how)
    query = db.query(Item).filter(post.in_([value]))
    post = getattr(globals()["posts"], how)
    post.like(value)
    return query.count()


@app.get("/later")
def later(how: str, value: str, db: Session = Depends(get_db)) -> int:
    post = getattr(Item, how)
    for name in (how, value):
        post.like(value)
        query = db.query(Item).filter(post.in_([value]))
        post = getattr(globals()["posts"], name)
    return query.count()


@app.post("/items")
def add(name: str, db: Session = Depends(get_db)) -> int:
    db.add(Item(name=name))
    db.commit()
    return 1
"""


def test_columns_by_name_are_told_by_how_they_are_used(tmp_path: Path) -> None:
    root = write_service(tmp_path, app(FILTERED))
    hows = [("GET", f"/filtered?column=name&how={how}&value=a%25", None) for how in ("in", "like", "is")]
    requests = [("POST", "/items?name=ab", None), ("POST", "/items?name=a%25", None), *hows]
    before = answers(root, requests)
    found = outcomes(converted(root))
    assert found == {
        "GET /filtered": "native",
        "GET /sent": "left",
        "GET /rebound": "left",
        "GET /later": "left",
        "POST /items": "native",
    }
    assert answers(root, requests) == before
