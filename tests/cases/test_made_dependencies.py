"""Dependencies that a call makes move with their routes, in place or in a copy of what makes them."""

from __future__ import annotations

from pathlib import Path

from ..pipeline_tools import answers, app, converted, outcomes, write_service  # noqa: TID252

MAKERS = """
def current(name: str, db: Session = Depends(get_db)) -> Item:
    item = db.query(Item).filter(Item.name == name).first()
    if item is None:
        raise HTTPException(404)
    return item


def require(price: int):
    def check(item: Item = Depends(current)) -> Item:
        if item.price < price:
            raise HTTPException(403)
        return item

    return check


def counting(price: int):
    def count(db: Session = Depends(get_db)) -> int:
        return db.query(Item).filter(Item.price > price).count()

    return count


class Counter:
    def __init__(self, price: int):
        self.price = price

    def __call__(self, db: Session = Depends(get_db)) -> int:
        return db.query(Item).filter(Item.price > self.price).count()


rich = require(10)


@app.post("/items")
def post(name: str, price: int, db: Session = Depends(get_db)):
    db.add(Item(name=name, price=price))
    db.commit()


@app.delete("/items")
def remove(item: Item = Depends(rich), db: Session = Depends(get_db)):
    db.delete(item)
    db.commit()


@app.get("/counts", dependencies=[Depends(require(1))])
def counts(one: int = Depends(counting(5)), two: int = Depends(Counter(5)), db: Session = Depends(get_db)):
    return [one, two, db.query(Item).count()]
"""
KEPT = """
@app.get("/kept")
def kept(item: Item = Depends(require(5)), db: Session = Depends(get_db)):
    return globals()["made_at_run_time"](item, db)


@app.get("/plain")
def plain(name: str, db: Session = Depends(get_db)):
    return current(name, db).price
"""


def test_they_move_with_all_their_routes(tmp_path: Path) -> None:
    root = write_service(tmp_path, app(MAKERS))
    requests = [
        ("POST", "/items?name=x&price=7", None),
        ("POST", "/items?name=y&price=20", None),
        ("GET", "/counts?name=x", None),
        ("DELETE", "/items?name=x", None),
        ("DELETE", "/items?name=y", None),
        ("GET", "/counts?name=x", None),
    ]
    before = answers(root, requests)
    assert [status for status, _ in before["answers"]] == [200, 200, 200, 403, 200, 200]
    assert set(outcomes(converted(root)).values()) == {"native"}
    text = (root / "app/main.py").read_text()
    assert "    async def count(db: AsyncSession" in text and "    async def __call__(self, db: AsyncSession" in text
    assert "    def check(item: Item = Depends(current))" in text
    assert answers(root, requests) == before


KEPT_OBJECT = """
@app.get("/kept")
def kept(item: int = Depends(Counter(5)), db: Session = Depends(get_db)):
    return globals()["made_at_run_time"](item, db)
"""


def test_a_route_that_stays_keeps_what_it_asks_for_alone(tmp_path: Path) -> None:
    root = write_service(tmp_path, app(MAKERS + KEPT))
    result = converted(root)
    assert {name for name, outcome in outcomes(result).items() if outcome != "native"} == {"GET /kept"}
    text = (root / "app/main.py").read_text()
    assert "rich = require_async(10)" in text and "dependencies=[Depends(require_async(1))]" in text
    assert not converted(root).after


def test_a_route_that_stays_keeps_the_object_that_it_asks_for(tmp_path: Path) -> None:
    root = write_service(tmp_path, app(MAKERS + KEPT_OBJECT))
    found = outcomes(converted(root))
    assert {name for name, outcome in found.items() if outcome != "native"} == {"GET /kept"}
    text = (root / "app/main.py").read_text()
    assert "two: int = Depends(AsyncCounter(5))" in text and "item: int = Depends(Counter(5))" in text
    assert not converted(root).after


def test_what_a_test_calls_too_stays_for_it(tmp_path: Path) -> None:
    found = {}
    for name in ("require", "counting"):
        test = f"from app.main import {name}\n\n\ndef test_it():\n    assert {name}(5)({{}})\n"
        root = write_service(tmp_path / name, {**app(MAKERS), "tests/test_it.py": test})
        found[name] = outcomes(converted(root))
        text = (root / "app/main.py").read_text()
        assert ("def counting_async" in text) == (name == "counting") and "def require_async" not in text
        assert (root / "tests/test_it.py").read_text() == test
        assert set(found[name].values()) == {"native"}
