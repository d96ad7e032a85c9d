"""The whole pipeline: sessions of a route's own, of background tasks, and rows, updates and joins."""

from __future__ import annotations

from pathlib import Path

from .pipeline_tools import answers, app, converted, outcomes, write_service


def test_a_background_task_keeps_its_own_session(tmp_path: Path) -> None:
    body = """
def log_it(name: str) -> None:
    db = SessionLocal()
    try:
        db.add(Item(name=name))
        db.commit()
    finally:
        db.close()


@app.post("/a")
def a(name: str, tasks: BackgroundTasks, db: Session = Depends(get_db)):
    tasks.add_task(log_it, name)
    return {"n": db.query(Item).count()}
"""
    requests = [("POST", "/a?name=x", None), ("POST", "/a?name=y", None)]
    root = write_service(tmp_path, app(body))
    before = answers(root, requests)
    result = converted(root)
    assert outcomes(result) == {"POST /a": "native"}
    assert answers(root, requests) == before
    assert before["answers"][1][1] == {"n": 1}


def test_a_session_for_the_route_alone(tmp_path: Path) -> None:
    body = """
@app.get("/a")
def a():
    with SessionLocal() as db:
        return {"n": db.query(Item).count()}


@app.get("/b")
def b():
    db = SessionLocal()
    try:
        return {"n": db.query(Item).count()}
    finally:
        db.close()
"""
    requests = [("GET", "/a", None), ("GET", "/b", None)]
    root = write_service(tmp_path, app(body))
    before = answers(root, requests)
    result = converted(root)
    assert set(outcomes(result).values()) == {"native"}
    assert answers(root, requests) == before


def test_rows_updates_and_joins(tmp_path: Path) -> None:
    body = """
@app.post("/tags/{item_id}")
def tag(item_id: int, label: str, db: Session = Depends(get_db)):
    db.add(Tag(item_id=item_id, label=label))
    db.flush()
    rows = db.query(Tag.label, Item.name).join(Item, Item.id == Tag.item_id).all()
    db.commit()
    return [[row.label, name] for row, name in zip(rows, [row[1] for row in rows])]


@app.post("/items/{name}")
def item(name: str, db: Session = Depends(get_db)):
    db.add(Item(name=name))
    db.commit()
    changed = db.query(Item).filter(Item.name == name).update({"price": 5})
    db.commit()
    prices = [price for (price,) in db.query(Item.price)]
    most = db.query(func.max(Item.price)).scalar()
    return {"changed": changed, "prices": prices, "most": most, "any": db.query(Item).filter(Item.price > 4).count()}


@app.delete("/items")
def clear(db: Session = Depends(get_db)):
    gone = db.query(Item).delete()
    db.commit()
    return {"gone": gone}
"""
    imports = "from sqlalchemy import func\n\nfrom app.models import Tag\n"
    requests = [
        ("POST", "/items/a", None), ("POST", "/items/b", None), ("POST", "/tags/1?label=x", None),
        ("POST", "/tags/2?label=y", None), ("POST", "/items/a", None), ("DELETE", "/items", None),
    ]  # fmt: skip
    root = write_service(tmp_path, app(body, imports))
    before = answers(root, requests)
    result = converted(root)
    assert set(outcomes(result).values()) == {"native"}
    assert answers(root, requests) == before
    assert before["answers"][1][1]["prices"] == [5, 5]
