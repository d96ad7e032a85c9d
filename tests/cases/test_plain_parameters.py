"""Parameters without annotations that get dictionaries from all callers, and parts of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..pipeline_tools import answers, app, converted, outcomes, write_service  # noqa: TID252

SERVICE = """
from sqlalchemy.orm import Session

from app.models import Item


def find(wanted, db: Session):
    return db.query(Item).filter(Item.name == wanted.get("name", "")).count()


def copies(wanted, db: Session):
    return [find({"name": item.name}, db) for item in db.query(Item).all()]


def again(wanted, db: Session):
    part = {"name": wanted.get("name"), "price": 1}
    return find(part, db)


def below(wanted, db: Session):
    limits = wanted.get("limits", {})
    return db.query(Item).filter(Item.price < limits.get("price", 5)).count()
"""
BODY = """
class Wanted(BaseModel):
    name: str = ""
    limits: dict = {}


@app.post("/items/{name}")
def add(name: str, db: Session = Depends(get_db)):
    db.add(Item(name=name, price=3))
    db.commit()


@app.post("/find")
def find_items(wanted: Wanted, db: Session = Depends(get_db)):
    return find(wanted.model_dump(), db)


@app.post("/copies")
def find_copies(wanted: Wanted, db: Session = Depends(get_db)):
    return copies(wanted.model_dump(), db)


@app.post("/again")
def find_again(wanted: Wanted, db: Session = Depends(get_db)):
    return again(wanted.model_dump(), db)


@app.post("/below")
def find_below(wanted: Wanted, db: Session = Depends(get_db)):
    return below(wanted.model_dump(), db)
"""
IMPORTS = "from pydantic import BaseModel\nfrom app import service\nfrom app.service import again, below, copies, find"
REQUESTS = [("POST", "/items/a", None)] + [
    ("POST", f"/{path}", {"name": "a", "limits": {"price": price}})
    for path in ("find", "copies", "again", "below")
    for price in (2, 4)
]


def test_all_callers_give_dictionaries(tmp_path: Path) -> None:
    root = write_service(tmp_path / "service", {"app/service.py": SERVICE, **app(BODY, IMPORTS)})
    before = answers(root, REQUESTS)
    assert set(outcomes(converted(root)).values()) == {"native"}
    assert answers(root, REQUESTS) == before


@pytest.mark.parametrize(
    ("more", "route"),
    [
        ("handlers = [service.below]", "POST /below"),
        ("import stores\n\n\ndef run(db):\n    return below(stores.open_store(), db)", "POST /below"),
        ("import stores\n\n\ndef run(db):\n    return below({'limits': stores.open_store()}, db)", "POST /below"),
    ],
    ids=["passed on", "of unknown class", "holds what is unknown"],
)
def test_others_stay(tmp_path: Path, more: str, route: str) -> None:
    """What is in it may have a method of that name that waits."""
    files = {"app/service.py": SERVICE, **app(f"{BODY}\n\n{more}", IMPORTS)}
    result = converted(write_service(tmp_path / "service", files))
    assert {path for path, outcome in outcomes(result).items() if outcome == "left"} == {route}


REBOUND = """
class Wanted(BaseModel):
    name: str = ""


@app.post("/found")
def found(wanted: Wanted, db: Session = Depends(get_db)):
    return again(db, wanted)


@app.post("/perhaps")
def perhaps(wanted: Wanted, db: Session = Depends(get_db)):
    return maybe(db, wanted)


def again(db: Session, wanted: Wanted):
    wanted = wanted.model_dump(exclude_none=True)
    if wanted.get("name"):
        return db.query(Item).filter(Item.name == wanted["name"]).count()
    return 0


def maybe(db: Session, wanted: Wanted):
    if db.query(Item).count():
        wanted = wanted.model_dump(exclude_none=True)
    return wanted.get("name") if isinstance(wanted, dict) else None
"""


def test_a_model_whose_name_means_its_dictionary_from_a_line_on(tmp_path: Path) -> None:
    root = write_service(tmp_path, app(REBOUND, "from pydantic import BaseModel\n"))
    asked = [("POST", "/found", {"name": "a"}), ("POST", "/found", {}), ("POST", "/perhaps", {})]
    before = answers(root, asked)
    assert outcomes(converted(root)) == {"POST /found": "native", "POST /perhaps": "left"}
    assert answers(root, asked) == before
