"""Objects that a bulk statement changed, and that a query after the commit gives back: they are read anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..pipeline_tools import answers, app, converted, route, write_service  # noqa: TID252
from .test_hostile_staleness import LINKED, REQUESTS, SEED

CREATE = SEED.partition('@app.post("/change")')[0]
QUERIED_AGAIN = {
    "the same query": """
    query = db.query(Item).filter(Item.id == row.id)
    query.update({"price": 9}, synchronize_session=False)
    db.commit()
    again = query.one()
    return {"price": again.price}
""",
    "what may be absent": """
    other = db.query(Item).filter(Item.name == "none").first()
    assert other is None
    db.query(Item).filter(Item.name == "a").update({"price": Item.price + 4}, synchronize_session=False)
    db.commit()
    return {"price": db.query(Item).filter(Item.name == "a").one().price}
""",
    "another function": """
    reprice(db, 7)
    return {"price": db.get(Item, 1).price}
""",
}
REPRICE = """
def reprice(db: Session, price: int) -> None:
    db.execute(text(f"UPDATE items SET price = {price}"))
    db.commit()
"""


@pytest.mark.parametrize("name", QUERIED_AGAIN)
def test_what_is_queried_again_is_read_anew(tmp_path: Path, name: str) -> None:
    body = REPRICE + SEED + QUERIED_AGAIN[name].lstrip("\n")
    root = write_service(tmp_path / "service", {"app/models.py": LINKED, **app(body)})
    before = answers(root, REQUESTS)
    assert before["answers"][1][0] == 200 and before["answers"][1][1]["price"] > 0
    assert route(converted(root), "POST", "/change").after == "async"
    assert answers(root, REQUESTS) == before
    code = (root / "app/main.py").read_text()
    assert "    db.expire(row)" in code
    assert ("if other is not None:\n        db.expire(other)" in code) == (name == "what may be absent")


HELD = f"""{CREATE}
def repriced(item: Item, db: Session) -> int:
    db.query(Item).filter(Item.id == 1).update({{"price": 8}}, synchronize_session=False)
    db.commit()
    return db.get(Item, 1).price


@app.post("/other")
def other(db: Session = Depends(get_db)) -> int:
    return repriced(Item(), db)


@app.post("/change")
def change(db: Session = Depends(get_db)) -> int:
    row = db.query(Item).filter(Item.name == "a").one()
    price = repriced(None, db)
    assert row
    return price
"""


def test_what_a_called_function_queries_again(tmp_path: Path) -> None:
    root = write_service(tmp_path / "service", {"app/models.py": LINKED, **app(HELD)})
    requests = [("POST", "/items", None), ("POST", "/other", None), ("POST", "/change", None)]
    before = answers(root, requests)
    assert [body for _, body in before["answers"]] == [1, 8, 8]
    result = converted(root)
    assert {item.path: item.after for item in result.plan.routes} == {
        "/items": "async", "/other": "sync", "/change": "sync"
    }  # fmt: skip
    assert answers(root, requests) == before


READ_LATER = {
    "its key": ("return db.get(Item, row.id).price", "await db.refresh(row)"),
    "a relationship": ("return db.get(Item, 1).price + len(row.tags)", ""),
    "another name": ("return db.get(Item, 1).price + other.id - 1", ""),
    "an element": ("return db.get(Item, 1).price + kept[0].id - 1", ""),
}


@pytest.mark.parametrize("name", READ_LATER)
def test_what_is_read_after_it_was_expired(tmp_path: Path, name: str) -> None:
    later, cure = READ_LATER[name]
    body = (
        SEED.replace("-> dict[str, int]", "-> int").rstrip()
        + f"""
    other = kept = None
    other = {"row" if name == "another name" else "None"}
    kept = {"[row]" if name == "an element" else "None"}
    db.query(Item).filter(Item.name == "a").update({{"price": 9}}, synchronize_session=False)
    db.commit()
    {later}
"""
    )
    root = write_service(tmp_path / "service", {"app/models.py": LINKED, **app(body)})
    before = answers(root, REQUESTS)
    assert before["answers"][1] == [200, 9]
    assert route(converted(root), "POST", "/change").after == ("async" if cure else "sync")
    assert answers(root, REQUESTS) == before
    assert cure in (root / "app/main.py").read_text()


DEEPER = f"""{CREATE}
def raised(db: Session) -> int:
    item = db.get(Item, 1)
    db.query(Item).update({{"price": 7}}, synchronize_session=False)
    db.commit()
    return db.get(Item, 1).price


def outer(db: Session) -> int:
    return raised(db)


@app.post("/change")
def change(db: Session = Depends(get_db)) -> int:
    row = db.query(Item).filter(Item.name == "a").one()
    return outer(db) + row.id
"""
GIVEN = (
    DEEPER.replace("def raised(db: Session)", "def raised(db: Session, item: Item)")
    .replace("    item = db.get(Item, 1)\n    db.query", "    db.query")
    .replace("raised(db)\n", "raised(db, db.get(Item, 1))\n")
)
DEPENDED = f"""{CREATE}
def first(db: Session = Depends(get_db)) -> Item | None:
    return db.query(Item).first()


@app.post("/change")
def change(row: Item | None = Depends(first), db: Session = Depends(get_db)) -> int:
    db.query(Item).update({{"price": 7}}, synchronize_session=False)
    db.commit()
    return db.get(Item, 1).price
"""


@pytest.mark.parametrize("body", [DEEPER, GIVEN])
def test_what_callers_hold_is_not_expired_by_what_they_call(tmp_path: Path, body: str) -> None:
    root = write_service(tmp_path / "service", {"app/models.py": LINKED, **app(body)})
    before = answers(root, REQUESTS)
    assert before["answers"] == [[200, 1], [200, 8]]
    assert route(converted(root), "POST", "/change").after == "sync"
    assert answers(root, REQUESTS) == before


def test_what_a_dependency_gave_is_expired_where_it_is_of_the_session(tmp_path: Path) -> None:
    root = write_service(tmp_path / "service", {"app/models.py": LINKED, **app(DEPENDED)})
    before = answers(root, REQUESTS)
    assert before["answers"] == [[200, 1], [200, 7]]
    assert route(converted(root), "POST", "/change").after == "async"
    assert answers(root, REQUESTS) == before
    assert "    if row is not None and row in db:\n        db.expire(row)" in (root / "app/main.py").read_text()
