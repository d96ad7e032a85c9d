"""Classes under one base with methods of one name: they belong together only where one may stand for the other."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..pipeline_tools import answers, app, converted, outcomes, write_service  # noqa: TID252

SHELVES = """
import threading

from sqlalchemy.orm import Session

from app.models import Item

lock = threading.Lock()


class Shelf:
    label = "a shelf"


class Items(Shelf):
    def __init__(self, db: Session) -> None:
        self.db = db

    def count(self) -> int:
        return self.db.query(Item).count()


class Guesses(Shelf):
    def __init__(self, db: Session) -> None:
        self.db = db

    def count(self) -> int:
        GUESS
"""
GUESS = "return 7"
#: Holds a lock while it works: stays as it is.
LOCKED = "with lock:\n            return self.db.query(Item).count() + 7"
IMPORTS = "import random\n\nfrom app.shelves import Guesses, Items, Shelf"
ADDED = """
@app.post("/items")
def add(name: str, db: Session = Depends(get_db)) -> int:
    db.add(Item(name=name))
    db.commit()
    return 1


"""
APART = """
@app.get("/count")
def count(db: Session = Depends(get_db)) -> int:
    return Items(db).count()


@app.get("/guess")
def guess(db: Session = Depends(get_db)) -> int:
    return Guesses(db).count()
"""
REQUESTS = [("POST", "/items?name=a", None), ("GET", "/count", None), ("GET", "/guess", None)]


def _write(root: Path, guess: str, body: str) -> None:
    write_service(root, {"app/shelves.py": SHELVES.replace("GUESS", guess), **app(ADDED + body, IMPORTS)})


@pytest.mark.parametrize("guess", [GUESS, LOCKED])
def test_siblings_move_one_by_one(tmp_path: Path, guess: str) -> None:
    _write(tmp_path, guess, APART)
    before = answers(tmp_path, REQUESTS)
    result = converted(tmp_path)
    assert outcomes(result)["GET /count"] == "native", result.plan.routes
    shelves = (tmp_path / "app/shelves.py").read_text()
    assert shelves.count("async def count") == 1
    assert answers(tmp_path, REQUESTS) == before


EITHER = """
def pick(which: str, db: Session) RESULT:
    return Guesses(db) if which == "guess" else Items(db)


def counted(shelf PARAM) -> int:
    return shelf.count()


@app.get("/count")
def count(which: str, db: Session = Depends(get_db)) -> int:
    CALL
"""
WAYS = {
    "a union": ("-> Items | Guesses", ": Items", "return pick(which, db).count()"),
    "a parameter": ("-> Items | Guesses", ": Items | Guesses", "return counted(pick(which, db))"),
    "no types": ("", "", "return counted(pick(which, db))"),
    "an incomplete fact": (
        "",
        "",
        "shelves = dict(guess=Guesses, items=Items)\n    return counted(Items(db)) + counted(shelves[which](db))",
    ),
    "a list": ("", "", "return sum(shelf.count() for shelf in [Items(db), Guesses(db)])"),
    "a loop": (
        "",
        "",
        "total = 0\n    for shelf in (Items(db), Guesses(db)):\n        total += shelf.count()\n    return total",
    ),
    "the base": ("-> Shelf", ": Shelf", "return pick(which, db).count()"),
    "getattr": ("-> Shelf", ": Shelf", 'return getattr(pick(which, db), "count")()'),
    "a bound method": ("", "", 'work = Items(db).count if which == "items" else Guesses(db).count\n    return work()'),
    "a base in a table": (
        "-> Shelf",
        ": Shelf",
        'chosen: dict[str, type] = {"items": Items, "guess": Guesses}\n    return counted(chosen[which](db))',
    ),
    "a wrong type": ("-> Shelf", ": Items", "return counted(pick(which, db))  # type: ignore"),
    "a wrong type of a literal": ("-> Shelf", ": Items", "return counted(Guesses(db)) + counted(Items(db))"),
}


@pytest.mark.parametrize(("way", "guess"), [*((way, GUESS) for way in WAYS), ("no types", LOCKED)])
def test_what_may_be_either_answers_as_before(tmp_path: Path, way: str, guess: str) -> None:
    result_type, param, call = WAYS[way]
    body = EITHER.replace("RESULT", result_type).replace(" PARAM", param).replace("CALL", call)
    _write(tmp_path, guess, body)
    requests = [
        ("POST", "/items?name=a", None),
        ("GET", "/count?which=items", None),
        ("GET", "/count?which=guess", None),
    ]
    before = answers(tmp_path, requests)
    converted(tmp_path)
    assert answers(tmp_path, requests) == before
