"""A class that is handed to a function: what the function loads is one of its objects, not of a class of classes."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..pipeline_tools import answers, app, converted, outcomes, write_service  # noqa: TID252

BODY = """
def existing(db: Session, model, key: int):
    found = LOADED
    if not found:
        raise HTTPException(404, f"no {model.__name__}")
    return found


@app.post("/items/{name}")
def add(name: str, db: Session = Depends(get_db)) -> None:
    db.add(Item(name=name))
    db.commit()


@app.get("/items/{key}")
def one(key: int, db: Session = Depends(get_db)) -> str:
    return existing(db, Item, key).name
"""
OTHER = """

@app.get("/tags/{key}")
def tag(key: int, db: Session = Depends(get_db)) -> str:
    return existing(db, models.Tag, key).label
"""
LOADED = {
    "get": "db.get(model, key)",
    "get by name": "db.get(model, ident=key)",
    "query": "db.query(model).filter(model.id == key).first()",
    "legacy": "db.query(model).get(key)",
    "scalar": "db.scalar(select(model).where(model.id == key))",
}
REQUESTS = [("POST", "/items/a", None), ("GET", "/items/1", None), ("GET", "/items/2", None), ("GET", "/tags/1", None)]


@pytest.mark.parametrize("loaded", LOADED)
@pytest.mark.parametrize("other", ["", OTHER])
def test_it_moves_with_its_callers(tmp_path: Path, loaded: str, other: str) -> None:
    body = BODY.replace("LOADED", LOADED[loaded]) + other
    root = write_service(tmp_path, app(body, "from sqlalchemy import select\n\nfrom app import models"))
    before = answers(root, REQUESTS)
    assert [status for status, _ in before["answers"]] == [200, 200, 404, 404]
    assert set(outcomes(converted(root)).values()) == {"native"}
    text = (root / "app/main.py").read_text()
    assert "async def existing(db: AsyncSession" in text and "run_sync" not in text
    assert answers(root, REQUESTS) == before
