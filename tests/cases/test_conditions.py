"""Columns that are looked up by name: what a query is filtered by is an SQL expression, whatever its type."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..pipeline_tools import answers, app, converted, outcomes, route, rules, write_service  # noqa: TID252

BODY = """
def search(db: Session, model, filters: dict[str, str]) -> list[str]:
    query = db.query(model)
    for name, value in filters.items():
        query = query.filter(CONDITION)
    return [item.name for item in query.all()]


@app.get("/items")
def read(name: str, db: Session = Depends(get_db)) -> list[str]:
    return search(db, Item, {"name": name})


@app.post("/items/{name}")
def add(name: str, db: Session = Depends(get_db)) -> int:
    db.add(Item(name=name))
    db.commit()
    return db.query(Item).count()
"""
CONDITIONS = {
    "alone": "getattr(model, name).like(f'%{value}%')",
    "joined": "or_(getattr(model, name).contains(value), getattr(model, name).is_(None))",
}
REQUESTS = [("POST", "/items/abc", None), ("POST", "/items/xyz", None), ("GET", "/items?name=b", None)]


@pytest.mark.parametrize("condition", CONDITIONS.values(), ids=CONDITIONS)
def test_a_condition_is_built_where_it_stands(tmp_path: Path, condition: str) -> None:
    root = write_service(tmp_path, app(BODY.replace("CONDITION", condition), imports="from sqlalchemy import or_"))
    before = answers(root, REQUESTS)
    result = converted(root)
    assert outcomes(result)["GET /items"] == "native"
    after = answers(root, REQUESTS)
    assert after == before
    assert after["answers"][-1] == [200, ["abc"]]


def test_a_condition_on_a_local_name(tmp_path: Path) -> None:
    body = BODY.replace("query = query.filter(CONDITION)", "column = getattr(model, name)\n        CONDITION")
    body = body.replace("CONDITION", "query = query.where(column.contains(value))")
    assert outcomes(converted(write_service(tmp_path, app(body))))["GET /items"] == "native"


def test_what_is_no_condition_stays_unknown(tmp_path: Path) -> None:
    body = BODY.replace("CONDITION", "model.name == getattr(model.name, name).like(value)")
    result = converted(write_service(tmp_path, app(body)))
    assert rules(route(result, "GET", "/items")) >= {"unresolved-call"}


def test_a_query_that_is_asked_whether_it_is_there(tmp_path: Path) -> None:
    body = """
@app.get("/items/{name}")
def one(name: str, db: Session = Depends(get_db)) -> str:
    found = db.query(Item.name).filter(Item.name == name)
    if not found:
        raise HTTPException(404)
    return found.scalar() or "none"
"""
    root = write_service(tmp_path, app(body))
    before = answers(root, [("GET", "/items/a", None)])
    assert set(outcomes(converted(root)).values()) == {"native"}
    assert "    if found is None:\n" in (root / "app/main.py").read_text()
    assert answers(root, [("GET", "/items/a", None)]) == before
