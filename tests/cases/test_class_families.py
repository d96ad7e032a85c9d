"""Abstract classes and protocols whose implementation sync code uses too: all of them get async copies together."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from ..fresh import run_fresh  # noqa: TID252
from ..pipeline_tools import answers, converted, outcomes, write_service  # noqa: TID252

PORTS = """
from abc import ABC, abstractmethod

from app.models import Item


class Items(ABC):
    @abstractmethod
    def purge(self) -> None:
        raise NotImplementedError

    @abstractmethod
    def names(self) -> list[str]:
        raise NotImplementedError

    @abstractmethod
    def find(self, name: str) -> Item | None:
        raise NotImplementedError

    @abstractmethod
    def add(self, name: str) -> int:
        raise NotImplementedError
"""
STORE = """
from sqlalchemy.orm import Session

from app.models import Item
from app.ports import Items


class SqlItems(Items):
    def __init__(self, session: Session) -> None:
        self.session = session

    def purge(self) -> None:
        self.session.query(Item).delete()
        self.session.commit()

    def names(self) -> list[str]:
        return [item.name for item in self.session.query(Item).order_by(Item.id).all()]

    def find(self, name: str) -> Item | None:
        return self.session.query(Item).filter(Item.name == name).first()

    def add(self, name: str) -> int:
        item = Item(name=name)
        self.session.add(item)
        self.session.commit()
        return item.id
"""
SERVICE = """
from app.ports import Items


class Catalogue:
    def __init__(self, items: Items) -> None:
        self.items = items

    def names(self) -> list[str]:
        return self.items.names()

    def has(self, name: str) -> bool:
        return self.items.find(name) is not None

    def add(self, name: str) -> int:
        return self.items.add(name)
"""
MAIN = """
from fastapi import Depends, FastAPI, HTTPException
from sqlalchemy.orm import Session

from app.database import get_db
from app.ports import Items
from app.service import Catalogue
from app.store import SqlItems

app = FastAPI()


def get_items(db: Session = Depends(get_db)) -> Items:
    return SqlItems(db)


def get_catalogue(items: Items = Depends(get_items)) -> Catalogue:
    return Catalogue(items)


@app.get("/items")
def names(catalogue: Catalogue = Depends(get_catalogue)):
    return catalogue.names()


@app.get("/items/{name}")
def find(name: str, items: Items = Depends(get_items)) -> int:
    found = items.find(name)
    if found is None:
        raise HTTPException(404)
    return found.id


@app.post("/items/{name}")
def add(name: str, catalogue: Catalogue = Depends(get_catalogue)) -> int:
    return catalogue.add(name)
"""
SCRIPTS = {
    "with the service": """
from app.database import SessionLocal
from app.service import Catalogue
from app.store import SqlItems


def main() -> None:
    with SessionLocal() as db:
        SqlItems(db).purge()
        catalogue = Catalogue(SqlItems(db))
        catalogue.add("x")
        print(catalogue.names())


if __name__ == "__main__":
    main()
""",
    "without it": """
from app.database import SessionLocal
from app.ports import Items
from app.store import SqlItems


def store(db) -> Items:
    return SqlItems(db)


def main() -> None:
    with SessionLocal() as db:
        items = store(db)
        items.purge()
        if items.find("x") is None:
            items.add("x")
        print(items.names())


if __name__ == "__main__":
    main()
""",
}
REQUESTS = [("POST", "/items/a", None), ("GET", "/items", None), ("GET", "/items/a", None), ("GET", "/items/z", None)]
RUN = "import runpy; runpy.run_module('app.script', run_name='__main__')"


def protocol(ports: str, store: str) -> dict[str, str]:
    ports = ports.replace("from abc import ABC, abstractmethod", "from typing import Protocol")
    ports = ports.replace("(ABC)", "(Protocol)").replace("    @abstractmethod\n", "")
    return {
        "app/ports.py": ports,
        "app/store.py": store.replace("SqlItems(Items)", "SqlItems").replace("from app.ports import Items\n", ""),
    }


@pytest.mark.parametrize("script", list(SCRIPTS))
@pytest.mark.parametrize("kind", ["abstract", "protocol"])
def test_all_get_copies(tmp_path: Path, kind: str, script: str) -> None:
    ports = {"app/ports.py": PORTS, "app/store.py": STORE} if kind == "abstract" else protocol(PORTS, STORE)
    files = {**ports, "app/service.py": SERVICE, "app/main.py": MAIN, "app/script.py": SCRIPTS[script]}
    root = write_service(tmp_path / "service", files)
    before = answers(root, REQUESTS)
    said = run_fresh(RUN, [], root, 60).stdout
    assert said == "['x']\n"
    result = converted(root, python=Path(sys.executable))
    assert set(outcomes(result).values()) == {"native"}
    (root / "app.db").unlink()
    assert answers(root, REQUESTS) == before
    assert run_fresh(RUN, [], root, 60).stdout == said
    text = (root / "app/store.py").read_text()
    copy = text.partition("class AsyncSqlItems")[2]
    assert copy.count("async def") == 3 and "purge" not in copy
    assert "purge" not in (root / "app/ports.py").read_text().partition("class AsyncItems")[2]
    assert not converted(root, python=Path(sys.executable)).after


GENERIC = """
from typing import Generic, TypeVar

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.database import Base
from app.models import Item

T = TypeVar("T", bound=Base)


class Repository(Generic[T]):
    model: type[T]

    def __init__(self, session: Session) -> None:
        self.session = session

    def add(self, entity: T) -> T:
        self.session.add(entity)
        self.session.flush()
        return entity

    def count(self) -> int:
        return self.session.scalar(select(func.count()).select_from(self.model)) or 0

    def remove_all(self) -> None:
        for entity in self.session.scalars(select(self.model)):
            self.session.delete(entity)


class Items(Repository[Item]):
    model = Item

    def by_name(self, name: str) -> Item | None:
        return self.session.scalars(select(Item).where(Item.name == name)).first()

    def add(self, entity: Item) -> Item:
        if self.by_name(entity.name) is not None:
            raise ValueError("taken")
        return super().add(entity)
"""
SHOP = """
from sqlalchemy.orm import Session

from app.generic import Items
from app.models import Item


class Shop:
    def __init__(self, session: Session) -> None:
        self.session = session
        self.items = Items(session)

    @classmethod
    def of(cls, session: Session) -> "Shop":
        return cls(session)

    def offer(self, name: str) -> int:
        item = self.items.add(Item(name=name))
        self.session.commit()
        return item.id

    def figures(self) -> dict[str, int]:
        return {"items": self.items.count()}

    def clear(self) -> None:
        self.items.remove_all()
        self.session.commit()


def summary(shop: Shop) -> str:
    return ", ".join(f"{key}={value}" for key, value in shop.figures().items())
"""
SHOP_MAIN = """
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from sqlalchemy.orm import Session

from app.database import get_db
from app.shop import Shop, summary

app = FastAPI()


def get_shop(session: Session = Depends(get_db)) -> Shop:
    return Shop.of(session)


ShopDep = Annotated[Shop, Depends(get_shop)]


@app.post("/items/{name}")
def offer(name: str, shop: ShopDep) -> int:
    try:
        return shop.offer(name)
    except ValueError as error:
        raise HTTPException(409, str(error))


@app.get("/summary")
def get_summary(shop: ShopDep) -> str:
    return summary(shop)
"""
SHOP_SCRIPT = """
from app.database import SessionLocal
from app.shop import Shop, summary


def main() -> None:
    with SessionLocal() as session:
        shop = Shop.of(session)
        shop.clear()
        shop.offer("x")
        print(summary(shop))


if __name__ == "__main__":
    main()
"""


def test_aliases_and_quoted_types_name_the_copies(tmp_path: Path) -> None:
    files = {"app/generic.py": GENERIC, "app/shop.py": SHOP, "app/main.py": SHOP_MAIN, "app/script.py": SHOP_SCRIPT}
    root = write_service(tmp_path / "service", files)
    requests = [("POST", "/items/a", None), ("POST", "/items/a", None), ("GET", "/summary", None)]
    before = answers(root, requests)
    assert run_fresh(RUN, [], root, 60).stdout == "items=1\n"
    result = converted(root, python=Path(sys.executable))
    assert set(outcomes(result).values()) == {"native"}
    (root / "app.db").unlink()
    assert answers(root, requests) == before
    assert run_fresh(RUN, [], root, 60).stdout == "items=1\n"
    assert "ShopDep = Annotated[AsyncShop, Depends(get_shop)]" in (root / "app/main.py").read_text()
    assert 'def of(cls, session: AsyncSession) -> "AsyncShop":' in (root / "app/shop.py").read_text()
    assert not converted(root, python=Path(sys.executable)).after
