"""A query that selects these columns or those: rows are read in the same way, however many columns they have."""

from __future__ import annotations

from pathlib import Path

from ..pipeline_tools import MODELS, answers, app, converted, outcomes, write_service  # noqa: TID252

BODY = """
Base.metadata.create_all(engine)


@app.post("/items/{name}")
def add(name: str, db: Session = Depends(get_db)):
    db.add(Item(name=name, price=len(name)))
    db.commit()


@app.get("/rows/{kind}")
def rows(kind: str, db: Session = Depends(get_db)):
    if kind == "name":
        query = db.query(Item.name, func.count(Item.id))
    elif kind == "price":
        query = db.query(Item.name, Item.price, func.count(Item.id))
    elif kind == "one":
        query = db.query(Item.name)
    query = query.group_by(Item.name).order_by(Item.name)
    first = query.first()
    return [list(row) for row in query.limit(5).all()], query.count(), list(first or ()), query.limit(1).scalar()


@app.get("/mixed/{kind}")
def mixed(kind: str, db: Session = Depends(get_db)):
    query = db.query(Item) if kind == "items" else db.query(Item.name, Item.price)
    return len(query.all())
"""
IMPORTS = "from sqlalchemy import func\n\nfrom app.database import Base, engine\nfrom app.models import Item"
REQUESTS = [("POST", "/items/a", None), ("POST", "/items/bb", None)]
REQUESTS += [("GET", f"/rows/{kind}", None) for kind in ("name", "price", "one")]


def test_rows_of_any_length(tmp_path: Path) -> None:
    root = write_service(tmp_path, {"app/models.py": MODELS, **app(BODY, IMPORTS)})
    before = answers(root, REQUESTS)
    assert [status for status, _ in before["answers"]] == [200] * 5
    found = outcomes(converted(root))
    assert found["GET /rows/{kind}"] == "native" and found["GET /mixed/{kind}"] != "native"
    assert answers(root, REQUESTS) == before and not converted(root).after
