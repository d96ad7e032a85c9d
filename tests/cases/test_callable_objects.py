"""Objects that are dependencies, with all their calls: by FastAPI, by hand, and by other objects that keep them."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..pipeline_tools import answers, app, converted, outcomes, route, rules, write_service  # noqa: TID252

BODY = """
class Plain:
    def __call__(self, name: str = "a", db: Session = Depends(get_db)) -> Item:
        return db.query(Item).filter(Item.name == name).one()


class Base:
    def __init__(self, low: int = 0):
        self.low = low

    def __call__(self, name: str = "a", db: Session = Depends(get_db)) -> Item:
        found = self.get(db, name)
        if found.price < self.low:
            raise HTTPException(403)
        return found

    def get(self, db: Session, name: str) -> Item:
        raise NotImplementedError


class ByName(Base):
    def get(self, db: Session, name: str) -> Item:
        return db.query(Item).filter(Item.name == name).one()


class Aware:
    def __init__(self, low: int = 0):
        self.low = low

    async def __call__(self, request: Request, db: Session = Depends(get_db)) -> Item:
        found = await self._get(db, request.query_params.get("name", "a"))
        if found.price < self.low:
            raise HTTPException(403)
        return found

    async def _get(self, db: Session, name: str) -> Item:
        return db.query(Item).filter(Item.name == name).one()


class Either:
    def __init__(self, low: int = 0):
        self.aware = Aware(low)

    async def __call__(self, request: Request, db: Session = Depends(get_db)) -> Item | None:
        try:
            return await self.aware(request, db)
        except HTTPException:
            return None


plain = Plain()
aware = Aware(1)


@app.post("/items")
def post(name: str, price: int, db: Session = Depends(get_db)):
    db.add(Item(name=name, price=price))
    db.commit()


@app.get("/plain")
def of_plain(first: Item = Depends(plain), other: Item = Depends(Plain()), db: Session = Depends(get_db)):
    return [first.name, other.price, db.query(Item).count()]


@app.get("/heir")
def of_heir(item: Item = Depends(ByName(2)), db: Session = Depends(get_db)):
    return [item.price, db.query(Item).count()]


@app.get("/aware")
def of_aware(item: Item = Depends(Aware(2)), other: Item | None = Depends(Either(2)), db: Session = Depends(get_db)):
    return [item.name, other and other.price, db.query(Item).count()]


@app.get("/hand")
async def by_hand(request: Request, db: Session = Depends(get_db)):
    first, other = await aware(request, db), await Aware()(request, db)
    return [first.name, other.price, db.query(Item).count()]
"""
REQUESTS = [
    ("POST", "/items?name=a&price=1", None), ("POST", "/items?name=b&price=4", None),
    *(("GET", f"/{path}?name={name}", None) for path in ("plain", "heir", "aware", "hand") for name in "ab"),
]  # fmt: skip


def test_they_move_with_all_who_call_them(tmp_path: Path) -> None:
    root = write_service(tmp_path, app(BODY, "from fastapi import Request"))
    before = answers(root, REQUESTS)
    assert [status for status, _ in before["answers"]] == [200, 200, 200, 200, 403, 200, 403, 200, 200, 200]
    assert set(outcomes(converted(root)).values()) == {"native", "repaired"}
    text = (root / "app/main.py").read_text()
    assert "get_db)" not in text and "SessionLocal" not in text.partition("app = FastAPI")[2]
    assert answers(root, REQUESTS) == before
    assert not converted(root).after


@pytest.mark.parametrize(
    "use",
    [
        "CHECKS = [aware, Aware(5)]",
        "def kept(makes=Aware):\n    return makes(3)",
        "def taken(request):\n    again = Aware(3)\n    return [again]",
    ],
)
def test_one_that_may_be_called_unseen_stays(tmp_path: Path, use: str) -> None:
    root = write_service(tmp_path, app(f"{BODY}\n\n{use}\n", "from fastapi import Request"))
    before = answers(root, REQUESTS)
    result = converted(root)
    assert "used-as-value" in rules(route(result, "GET", "/aware"))
    assert outcomes(result)["GET /plain"] == outcomes(result)["GET /heir"] == "native"
    assert answers(root, REQUESTS) == before
