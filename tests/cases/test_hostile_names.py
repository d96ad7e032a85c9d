"""Names of the service that the generated code would use for something else."""

from __future__ import annotations

from pathlib import Path

from ..pipeline_tools import answers, app, converted, route, write_service  # noqa: TID252

BODY = """
@app.post("/items/{name}")
def create(name: str, db: Session = Depends(get_db)) -> int:
    db.add(Item(name=name))
    db.commit()
    return db.query(Item).count()


@app.get("/shadow")
def shadow(db: Session = Depends(get_db)) -> list[int]:
    select = db.query(Item).filter(Item.price < 1).all()
    func = len(select)
    for delete, _ in [(1, 2)]:
        func += delete
    return [func, db.query(Item).count()]


@app.put("/items")
def put(update: dict[str, int], db: Session = Depends(get_db)) -> int:
    changed = db.query(Item).filter(Item.name == "a").update(update)
    db.commit()
    return changed


@app.delete("/items/{name}")
def remove(name: str, delete: bool = True, db: Session = Depends(get_db)) -> int:
    gone = db.query(Item).filter(Item.name == name).delete() if delete else 0
    db.commit()
    return gone
"""
REQUESTS = [
    ("POST", "/items/a", None),
    ("GET", "/shadow", None),
    ("PUT", "/items", {"price": 3}),
    ("DELETE", "/items/a", None),
    ("GET", "/shadow", None),
]


def test_locals_may_be_called_as_functions_of_sqlalchemy(tmp_path: Path) -> None:
    root = write_service(tmp_path / "service", app(BODY, "from sqlalchemy import select"))
    before = answers(root, REQUESTS)
    result = converted(root)
    assert route(result, "GET", "/shadow").after == "async"
    assert answers(root, REQUESTS) == before


LISTED = """
@app.get("/listed", response_model=list[int])
def list(db: Session = Depends(get_db)) -> list[int]:
    return [item.price for item in db.query(Item).all()]
"""


METHODS = """
from sqlalchemy.orm import Session

from app.models import Item


class Items:
    def list(self, db: Session) -> list[int]:
        return [item.price for item in db.query(Item).all()]

    def clear(self, db: Session) -> None:
        db.query(Item).delete()
"""
SYNC_TEST = """
from app.database import SessionLocal
from app.things import Items


def test_items() -> None:
    with SessionLocal() as db:
        Items().clear(db)
        assert [*map(lambda _: Items().list(db), [0])] == [[]]
"""


def test_a_twin_may_be_called_as_the_builtin_in_its_own_signature(tmp_path: Path) -> None:
    body = LISTED.replace("[item.price for item in db.query(Item).all()]", "Items().list(db)")
    files = {"app/things.py": METHODS, "tests/test_items.py": SYNC_TEST, **app(body, "from app.things import Items")}
    root = write_service(tmp_path / "service", files)
    before = answers(root, [("GET", "/listed", None)])
    assert route(converted(root), "GET", "/listed").after == "async"
    text = (root / "app/things.py").read_text()
    assert "class Items:\n    async def list_async(" in text and "\n\n    def list(self" in text
    assert answers(root, [("GET", "/listed", None)]) == before


def test_a_route_may_be_called_as_the_builtin_in_its_own_signature(tmp_path: Path) -> None:
    root = write_service(tmp_path / "service", app(LISTED))
    before = answers(root, [("GET", "/listed", None)])
    assert route(converted(root), "GET", "/listed").after == "async"
    assert answers(root, [("GET", "/listed", None)]) == before
