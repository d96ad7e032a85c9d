"""Shapes of real services, each run before and after: the answers stay the same, or the routes stay as they were."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from .pipeline_shapes import IMPORTS, LAZY, MAPPING, QUERIES, REQUESTS, SEED, WRITES
from .pipeline_tools import answers, app, converted, outcomes, write_service


def run(root: Path, body: str, models: str = "") -> tuple[dict[str, str], list[Any], list[Any]]:
    """The outcomes by route, and the answers before and after. The OpenAPI document must not change."""
    files = app(SEED + body.strip(), IMPORTS)
    write_service(root, {**files, "app/models.py": models} if models else files)
    before = answers(root, REQUESTS)
    result = converted(root)
    after = answers(root, REQUESTS)
    assert after["openapi"] == before["openapi"]
    return outcomes(result), before["answers"], after["answers"]


@pytest.mark.parametrize(
    ("body", "models"),
    [
        pytest.param(QUERIES, "", id="queries"),
        pytest.param(WRITES, "", id="writes"),
        pytest.param(LAZY, MAPPING, id="lazy"),
    ],
)
def test_native_and_the_same(tmp_path: Path, body: str, models: str) -> None:
    found, before, after = run(tmp_path, body, models)
    assert set(found.values()) == {"native"}
    assert [status for status, _ in before] == [200] * 5
    assert after == before


def test_a_query_that_is_iterated_behind_yield_per(tmp_path: Path) -> None:
    body = """
def rows(db: Session):
    for item in db.query(Item).order_by(Item.id).yield_per(10):
        yield item.name


@app.get("/a")
def a(db: Session = Depends(get_db)):
    return ["".join(rows(db))]


@app.get("/b")
def b(db: Session = Depends(get_db)):
    return StreamingResponse(rows(db), status_code=500)
"""
    _, before, after = run(tmp_path, body)
    assert after == before


def test_a_constructor_that_is_inherited(tmp_path: Path) -> None:
    body = """
class BaseService:
    def __init__(self, db: Session):
        self.db = db

    def save(self, item: Item) -> Item:
        self.db.add(item)
        self.db.commit()
        return item


class Service(BaseService):
    def find(self, name: str) -> Item | None:
        return self.db.query(Item).filter(Item.name == name).first()


@app.get("/a")
def a(db: Session = Depends(get_db)):
    service = Service(db)
    if service.find("new") is None:
        service.save(Item(name="new"))
    return {"id": service.find("new").id}
"""
    found, before, after = run(tmp_path, body)
    assert found["GET /a"] == "native"
    assert after == before


def test_a_class_as_a_dependency(tmp_path: Path) -> None:
    body = """
class Paging:
    def __init__(self, limit: int = 10, db: Session = Depends(get_db)):
        self.limit = limit
        self.db = db

    def names(self) -> list[str]:
        return [item.name for item in self.db.query(Item).order_by(Item.id).limit(self.limit).all()]


@app.get("/a")
def a(paging: Paging = Depends()):
    return paging.names()
"""
    found, before, after = run(tmp_path, body)
    assert found["GET /a"] == "native"
    assert after == before


def test_a_dependency_that_commits(tmp_path: Path) -> None:
    body = """
def transaction(db: Session = Depends(get_db)):
    try:
        yield db
        db.commit()
    except Exception:
        db.rollback()
        raise


@app.get("/a")
def a(db: Session = Depends(transaction)):
    db.add(Item(name="t" + str(db.query(Item).count())))
    db.flush()
    return {"n": db.query(Item).count()}
"""
    found, before, after = run(tmp_path, body)
    assert found["GET /a"] == "native"
    assert after == before


def test_what_cannot_be_async_stays_as_it_was(tmp_path: Path) -> None:
    body = """
class Repo:
    def __init__(self, db: Session):
        self.items = db.query(Item).all()


def price(db: Session, name: str) -> int:
    return db.query(Item).filter(Item.name == name).one().price


@app.get("/a")
def a(db: Session = Depends(get_db)):
    return {"n": len(Repo(db).items)}


@app.get("/b")
def b(db: Session = Depends(get_db)):
    names = [name for (name,) in db.query(Item.name)]
    return sorted(names, key=lambda name: (price(db, name), name))


@app.get("/c")
def c(db: Session = Depends(get_db)):
    return {"n": sum(price(db, name) for name in ["a", "b"])}
"""
    found, before, after = run(tmp_path, body)
    assert found == {"POST /seed": "native", "GET /a": "left", "GET /b": "left", "GET /c": "native"}
    assert after == before
    text = (tmp_path / "app/main.py").read_text()
    assert "\ndef a(db: Session = Depends(get_db)):" in text and "\ndef price(db: Session, name: str) -> int:" in text
