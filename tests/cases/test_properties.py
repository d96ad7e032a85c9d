"""Properties that wait become methods where all their readers are known; else they stay, with what keeps them so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ..pipeline_tools import answers, app, converted, outcomes, route, write_service  # noqa: TID252

SHOP = """
from sqlalchemy.orm import Session

from app.models import Item


class Base:
    label = "shop"


class Shop(Base):
    def __init__(self, db: Session) -> None:
        self.db = db

    # How many items there are.
    @property
    def total(self) -> int:
        return self.db.query(Item).count()

    @property
    def twice(self) -> int:
        return self.total * 2

    @property
    def stock(self) -> dict[str, int]:
        return {item.name: item.price for item in self.db.query(Item).order_by(Item.id)}

    def text(self) -> str:
        return f"{self.label}: {self.total} of {self.stock.get('a', 0)}"
"""
ROUTES = """
@app.post("/items")
def add(name: str, price: int, db: Session = Depends(get_db)) -> int:
    db.add(Item(name=name, price=price))
    db.commit()
    return price


@app.get("/shop")
def read(db: Session = Depends(get_db)) -> dict[str, object]:
    shop = Shop(db)
    if not shop.total:
        raise HTTPException(404)
    return {
        "numbers": [shop.total, shop.twice, -shop.total, shop.total + 1 if shop.twice > 1 else 0],
        "names": sorted(shop.stock),
        "text": shop.text(),
    }
"""
IMPORTS = "from app.shop import Shop"
REQUESTS = [
    ("GET", "/shop", None), ("POST", "/items?name=a&price=3", None), ("POST", "/items?name=b&price=4", None),
    ("GET", "/shop", None),
]  # fmt: skip


def test_properties_whose_readers_are_known_become_methods(tmp_path: Path) -> None:
    root = write_service(tmp_path, {**app(ROUTES, IMPORTS), "app/shop.py": SHOP})
    before = answers(root, REQUESTS)
    result = converted(root)
    assert set(outcomes(result).values()) == {"native"}, result.plan.routes
    shop, main = (root / "app/shop.py").read_text(), (root / "app/main.py").read_text()
    assert "@property" not in shop and "    # How many items there are.\n    async def total(self) -> int:" in shop
    assert "return await self.total() * 2" in shop and "(await self.stock()).get('a', 0)" in shop
    assert "if not await shop.total():" in main and "sorted(await shop.stock())" in main
    assert answers(root, REQUESTS) == before
    again = converted(root)
    assert not again.after


READ = """
@app.get("/more")
def more(how: str = "total", db: Session = Depends(get_db)) -> object:
    shop = Shop(db)
    """
SETTER = """
    @total.setter
    def total(self, value: int) -> None:
        self.given = value
"""
HOOK = """
    def __getattr__(self, name: str) -> str:
        return name
"""
CLOSED = """

class Closed(Shop):
    total = 0
"""
SHUT = """

class Closed(Shop):
    @property
    def total(self) -> int:
        return 0
"""
SHOWN = """

from pydantic import BaseModel, ConfigDict


class Shown(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    total: int
"""
COUNT = """

def count(db: Session) -> int:
    return Shop(db).total
"""
POOL = """from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor() as pool:
        return pool.submit(count, db).result()
"""
GIVEN = """try:
        shop.total = 1
    except AttributeError:
        return 7
    return 8
"""
INNER = """
    def inner(number: int = shop.total) -> int:
        return number

    return inner()
"""
OTHER = """

class Other:
    def __init__(self) -> None:
        self.total = 5
"""
LIKE = """

class Totalled(Protocol):
    @property
    def total(self) -> int: ...


def shown(thing: Totalled) -> int:
    return thing.total
"""
MIXIN = SHOP.replace('label = "shop"', 'label = "shop"\n\n    def line(self) -> str:\n        return f"{self.total}!"')
DUMPED = """

class Dumped:
    total = int

    def dump(self, thing: object) -> object:
        return [getattr(thing, "db"), *(getattr(thing, name, 0) for name in ["label"])]
"""
COUNTED = """

def counted(thing):
    return thing.total
"""
ROWS = """
    @property
    def rows(self) -> TYPE:
        return self.db.query(Item).all()
"""
CACHED = "import functools\n" + SHOP.replace("@property", "@functools.cached_property")
#: For each way: the class, and a route more (or what is imported for it).
KEPT = {
    "union": (SHOP + OTHER, READ + "thing: Shop | Other = Other() if how == 'x' else shop\n    return thing.total"),
    "protocol": ("from typing import Protocol\n" + SHOP + LIKE, READ + "return shown(shop)"),
    "base": (MIXIN, READ + "return shop.line()"),
    "dumped": (SHOP + DUMPED, READ + "return Dumped().dump(shop)"),
    "without types": (
        SHOP + COUNTED + OTHER,
        READ + "return counted(globals()[how]) if how in globals() else counted(shop)",
    ),
    "mapped": (SHOP + ROWS.replace("TYPE", "list[Item]"), READ + "return [row.name for row in shop.rows]"),
    "a list": (SHOP + ROWS.replace("TYPE", "list"), READ + "return [row.name for row in shop.rows]"),
    "no type": (SHOP + ROWS.replace(" -> TYPE", ""), READ + "return [row.name for row in shop.rows]"),
    "setter": (SHOP + SETTER, ""),
    "override": (SHOP + CLOSED, READ + "return [Closed(db).total, shop.total]"),
    "override by a property": (SHOP + SHUT, READ + "return [Closed(db).total, shop.total]"),
    "cached": (CACHED, ""),
    "hook": (SHOP + HOOK, ""),
    "foreign base": (SHOP.replace("class Base:", "class Base(dict):"), ""),
    "lambda": (SHOP, READ + "return max([shop], key=lambda item: item.total).label"),
    "getattr": (SHOP, READ + 'return getattr(shop, "total")'),
    "computed getattr": (SHOP, READ + "return getattr(shop, how)"),
    "hasattr": (SHOP, READ + 'return hasattr(shop, "total")'),
    "format": (SHOP, READ + 'return "{0.total}".format(shop)'),
    "of the class": (SHOP, READ + "return Shop.total.fget(shop)"),
    "schema": (SHOP + SHOWN, READ + "return Shown.model_validate(shop)"),
    "unknown": (SHOP, READ + "return dict(shop=shop).get(how, globals().get('nothing', shop)).total"),
    "given": (SHOP, READ + GIVEN),
    "at import": (SHOP, "FIRST = Shop(SessionLocal()).total"),
    "default": (SHOP, READ + INNER),
    "thread": (SHOP + COUNT, READ + POOL),
    "generator": (SHOP, READ + "return list(item.total for item in (shop, shop))"),
}


@pytest.mark.parametrize("way", KEPT)
def test_properties_that_something_else_may_read_stay(tmp_path: Path, way: str) -> None:
    shop, more = KEPT[way]
    made = [
        name
        for name in ("Closed", "Shown", "count", "counted", "shown", "Other", "Dumped")
        if re.search(rf"(class|def) {name}\\b", shop)
    ]
    imports = ", ".join([IMPORTS, *made])
    root = write_service(tmp_path, {**app(f"{ROUTES}\n\n{more}", imports), "app/shop.py": shop})
    result = converted(root)
    found = route(result, "GET", "/shop")
    assert found.outcome == "left" and "app/shop.py" not in result.after
    assert ".total" in (root / "app/main.py").read_text() and "total()" not in (root / "app/main.py").read_text()
    told = [reason.message for reason in found.reasons if "by hand" in reason.message]
    assert told or way in ("lambda", "generator", "thread"), found.reasons


TEST = """
from app.database import SessionLocal
from app.shop import Shop


def test_total() -> None:
    with SessionLocal() as db:
        assert Shop(db).total == 0
"""


MOCKED = """
from types import SimpleNamespace

from app import main


def test_shop(monkeypatch) -> None:
    monkeypatch.setattr(main, "Shop", lambda db: SimpleNamespace(total=1, twice=2, stock={}, text=str))
    assert main.read(None)["numbers"][0] == 1
"""


@pytest.mark.parametrize(
    ("test", "why"), [(TEST, "a test reads it"), (MOCKED, "a test gives something its name")], ids=["read", "given"]
)
def test_what_a_test_reads_stays(tmp_path: Path, test: str, why: str) -> None:
    files: dict[str, str | bytes] = {**app(ROUTES, IMPORTS), "app/shop.py": SHOP, "tests/test_shop.py": test}
    result = converted(write_service(tmp_path, files))
    assert route(result, "GET", "/shop").outcome == "left"
    assert why in str(result.plan.routes)
