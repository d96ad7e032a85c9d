"""Calls whose meaning nothing tells, in code that stays sync: a function that they may mean stays as it is for them."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..pipeline_tools import answers, app, converted, outcomes, write_service  # noqa: TID252

MODELS = """
import time

from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, engine

KINDS = {}


def register(kind, cls):
    KINDS[kind] = cls


class Item(Base):
    __tablename__ = "items"
    id: Mapped[int] = mapped_column(primary_key=True)
    price: Mapped[int] = mapped_column(default=0)

    @classmethod
    def priced(cls, price: int, *, check: bool = True):
        if check:
            time.sleep(0.01)
        return cls(price=price)


register("item", Item)
Base.metadata.create_all(engine)
"""
MAIN = """
@app.post("/items/{price}")
def add(price: int, db: Session = Depends(get_db)):
    item = Item.priced(price)
    db.add(item)
    db.commit()
    return item.id


@app.get("/kinds/{kind}")
def of_kind(kind: str, db: Session = Depends(get_db)):
    found = KINDS[kind]
    return [db.query(Item).count(), CALL.price]
"""
TEST = """
import pytest


@pytest.fixture
def models():
    from app import models

    yield models


def test_price(models):
    assert models.Item.priced(4, check=False).price == 4
"""
REQUESTS = [("POST", "/items/3", None), ("GET", "/kinds/item", None)]


@pytest.mark.parametrize("call", ["found.priced(5)", "found.priced(5, check=False)", "found.priced(*[5])"])
def test_it_stays_for_them(tmp_path: Path, call: str) -> None:
    files = app(MAIN.replace("CALL", call), "from app.models import KINDS")
    root = write_service(tmp_path, {**files, "app/models.py": MODELS})
    before = answers(root, REQUESTS)
    assert before["answers"] == [[200, 1], [200, [1, 5]]]
    result = converted(root)
    assert outcomes(result) == {"POST /items/{price}": "native", "GET /kinds/{kind}": "left"}
    assert "asyncio.to_thread(Item.priced, price)" in (root / "app/main.py").read_text()
    assert answers(root, REQUESTS) == before


@pytest.mark.parametrize("call", ["found.priced()", "found.priced(1, 2)", "found.priced(1, tested=True)"])
def test_what_does_not_fit_means_something_else(tmp_path: Path, call: str) -> None:
    files = app(MAIN.replace("CALL", call), "from app.models import KINDS")
    root = write_service(tmp_path, {**files, "app/models.py": MODELS})
    converted(root)
    assert "await Item.priced(price)" in (root / "app/main.py").read_text()


def test_tests_count(tmp_path: Path) -> None:
    files = app(MAIN.partition("\n\n\n")[0])
    root = write_service(tmp_path, {**files, "app/models.py": MODELS, "tests/test_items.py": TEST})
    assert outcomes(converted(root)) == {"POST /items/{price}": "native"}
    assert "    def priced(cls" in (root / "app/models.py").read_text()
