"""Calls of what an expression gives: entries of a table of functions are followed, anything else is unknown."""

from __future__ import annotations

from pathlib import Path

from ..pipeline_tools import answers, app, converted, outcomes, write_service  # noqa: TID252

MAIN = """
def add(a: int, b: int) -> int:
    return a + b


def count(db: Session) -> int:
    return db.query(Item).count()


TABLE = {"count": count}
CHANGED = {"count": count}
CHANGED["other"] = globals().get("made_at_run_time")


@app.get("/add")
def added(kind: str, db: Session = Depends(get_db)):
    functions = {"add": add}
    function = functions.get(kind)
    if function is None:
        raise HTTPException(404)
    return [function(1, 2), functions[kind](2, 3), db.query(Item).count()]


@app.get("/count")
def counted(kind: str, db: Session = Depends(get_db)):
    return TABLE[kind](db)


@app.get("/changed")
def changed(kind: str, db: Session = Depends(get_db)):
    return CHANGED[kind](db)


@app.get("/named")
def named(kind: str, db: Session = Depends(get_db)):
    return globals()[kind](db)


@app.get("/got")
def got(kind: str, db: Session = Depends(get_db)):
    return getattr(app, kind)(db)
"""


def test_tables_are_followed_and_what_is_made_at_run_time_is_not(tmp_path: Path) -> None:
    root = write_service(tmp_path, app(MAIN))
    requests = [("GET", "/add?kind=add", None), ("GET", "/add?kind=no", None), ("GET", "/count?kind=count", None)]
    before = answers(root, requests)
    assert outcomes(converted(root)) == {
        "GET /add": "native",
        "GET /count": "native",
        "GET /changed": "left",
        "GET /named": "left",
        "GET /got": "left",
    }
    assert answers(root, requests) == before
