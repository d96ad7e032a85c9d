"""Code that the checker holds for unreachable: a comparison with None is decided by a type that is not true."""

from __future__ import annotations

import sys
from pathlib import Path

from ..pipeline_tools import answers, converted, outcomes, write_service  # noqa: TID252

MODELS = """
from sqlalchemy import Column, DateTime, Integer, String
from sqlalchemy.orm import declarative_base

from app.database import engine

Base = declarative_base()


class Item(Base):
    __tablename__ = "items"
    id = Column(Integer, primary_key=True)
    name = Column(String(50), unique=True)
    sold_at = Column(DateTime, nullable=True)


Base.metadata.create_all(engine)
"""
ITEMS = """
from datetime import datetime

from sqlalchemy.orm import Session

from app.models import Item


class Items:
    def __init__(self, db: Session) -> None:
        self.db = db

    def find(self, name: str) -> Item:
        return self.db.query(Item).filter(Item.name == name).first()

    def add(self, name: str) -> Item:
        item = Item(name=name)
        self.db.add(item)
        self.db.commit()
        self.db.refresh(item)
        return item

    def sell(self, item: Item) -> None:
        item.sold_at = datetime(2024, 1, 1)
        self.db.commit()


class Shop:
    def __init__(self, items: Items) -> None:
        self.items = items

    def ensure(self, name: str) -> Item:
        item = self.items.find(name)
        if item is None:
            item = self.items.add(name)
        return item

    def sell(self, name: str) -> bool:
        item = self.items.find(name)
        if not item or item.sold_at is not None:
            return False
        self.items.sell(item)
        return True
"""
MAIN = """
from fastapi import Depends, FastAPI
from sqlalchemy.orm import Session

from app.database import get_db
from app.items import Items, Shop

app = FastAPI()


def get_shop(db: Session = Depends(get_db)) -> Shop:
    return Shop(Items(db))


@app.post("/items/{name}")
def ensure(name: str, shop: Shop = Depends(get_shop)) -> int:
    return shop.ensure(name).id


@app.post("/items/{name}/sold")
def sell(name: str, shop: Shop = Depends(get_shop)) -> bool:
    return shop.sell(name)
"""
FILES = {"app/models.py": MODELS, "app/items.py": ITEMS, "app/main.py": MAIN}
REQUESTS = [
    ("POST", "/items/a/sold", None),
    ("POST", "/items/a", None),
    ("POST", "/items/a", None),
    ("POST", "/items/a/sold", None),
    ("POST", "/items/a/sold", None),
]


def test_calls_behind_comparisons_with_none_are_followed(tmp_path: Path) -> None:
    root = write_service(tmp_path / "service", FILES)
    before = answers(root, REQUESTS)
    result = converted(root, python=Path(sys.executable))
    assert outcomes(result) == {"POST /items/{name}": "native", "POST /items/{name}/sold": "native"}
    after = answers(root, REQUESTS)
    assert after == before
    assert [body for _, body in after["answers"]] == [False, 1, 1, True, False]
    assert not converted(root, python=Path(sys.executable)).after


EQUALS = """
from fastapi import Depends, FastAPI
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.database import get_db
from app.models import Item

app = FastAPI()


class Names:
    def __init__(self, db: Session = Depends(get_db)):
        self.db = db

    def unsold(self) -> list[str]:
        return [self.shown(item) for item in self.db.scalars(select(Item)) if item.name != "b" and item.price == None]

    def first(self) -> str:
        item = self.db.scalars(select(Item).order_by(Item.id)).first()
        return self.shown(item) if not (item.price != None) else "sold"

    def count(self) -> int:
        return self.db.scalar(select(func.count(Item.id)).where(Item.price == None))

    def shown(self, item: Item) -> str:
        return f"{item.name}!"


@app.post("/items/{name}")
def add(name: str, db: Session = Depends(get_db)) -> None:
    db.add(Item(name=name))
    db.commit()


@app.get("/unsold")
def unsold(names: Names = Depends()) -> list[str]:
    return names.unsold()


@app.get("/first")
def first(names: Names = Depends()) -> str:
    return names.first()


@app.get("/count")
def count(names: Names = Depends()) -> int:
    return names.count()
"""
PRICED = MODELS.replace(
    "    sold_at = Column(DateTime, nullable=True)\n", "    price: Mapped[int] = mapped_column(nullable=True)\n"
)


def test_what_is_equal_to_none_in_a_condition_that_stands_behind(tmp_path: Path) -> None:
    models = PRICED.replace("import declarative_base", "import Mapped, declarative_base, mapped_column")
    root = write_service(tmp_path / "service", {"app/models.py": models, "app/main.py": EQUALS})
    requests = [("POST", "/items/a", None), ("POST", "/items/b", None)]
    requests += [("GET", f"/{name}", None) for name in ("unsold", "first", "count")]
    before = answers(root, requests)
    assert [body for _, body in before["answers"]] == [None, None, ["a!"], "a!", 2]
    assert set(outcomes(converted(root)).values()) == {"native"}
    assert answers(root, requests) == before
    assert converted(root).after == {}


RENAMING = """
from fastapi import Depends, FastAPI
from sqlalchemy.orm import Session

from app.database import get_db
from app.models import Item

app = FastAPI()


def named(db: Session, item_id: int, name: str) -> Item | None:
    item = db.get(Item, item_id)
    if item is None:
        return None
    item.name = name
    db.commit()
    # The caller reads it again.
    return item
    db.commit()


@app.put("/items/{item_id}/{name}")
def rename(item_id: int, name: str, db: Session = Depends(get_db)) -> str:
    item = named(db, item_id, name)
    if item is None:
        db.add(Item(id=item_id, name=name))
        db.commit()
        return "added"
    return item.name
"""


def test_what_stands_behind_a_return_is_converted_too(tmp_path: Path) -> None:
    root = write_service(tmp_path, {"app/models.py": MODELS, "app/main.py": RENAMING})
    requests = [("PUT", "/items/1/a", None), ("PUT", "/items/1/b", None)]
    before = answers(root, requests)
    result = converted(root)
    assert set(outcomes(result).values()) == {"native"}
    assert answers(root, requests) == before
    assert before["answers"] == [[200, "added"], [200, "b"]]
    assert "    return item\n    await db.commit()\n" in (root / "app/main.py").read_text()
