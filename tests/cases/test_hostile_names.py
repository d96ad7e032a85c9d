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
