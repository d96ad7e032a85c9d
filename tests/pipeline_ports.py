"""A service over an abstract class, for conversions step by step."""

from __future__ import annotations

MAIN = """
from fastapi import FastAPI

from app import cheap, first, names

app = FastAPI()
app.include_router(cheap.router)
app.include_router(first.router)
app.include_router(names.router)
"""
#: A repository behind an abstract class, and a service on it.
PORTS = {
    "app/deps.py": """
        from abc import ABC, abstractmethod

        from fastapi import Depends
        from sqlalchemy.orm import Session

        from app.database import get_db
        from app.models import Item


        class Items(ABC):
            @abstractmethod
            def first(self) -> str | None:
                raise NotImplementedError

            @abstractmethod
            def add(self, name: str) -> int:
                raise NotImplementedError


        class SqlItems(Items):
            def __init__(self, session: Session) -> None:
                self.session = session

            def first(self) -> str | None:
                item = self.session.query(Item).order_by(Item.id).first()
                return item.name if item else None

            def add(self, name: str) -> int:
                item = Item(name=name)
                self.session.add(item)
                self.session.commit()
                return item.id


        class Shop:
            def __init__(self, items: Items) -> None:
                self.items = items

            def known(self, name: str) -> bool:
                return self.items.first() == name


        def get_items(db: Session = Depends(get_db)) -> Items:
            return SqlItems(db)


        def get_shop(items: Items = Depends(get_items)) -> Shop:
            return Shop(items)
        """,
    "app/main.py": MAIN,
    "app/cheap.py": """
        from fastapi import APIRouter, Depends

        from app.deps import Shop, get_shop

        router = APIRouter()


        @router.get("/cheap")
        def cheap(shop: Shop = Depends(get_shop)):
            return shop.known("a")
        """,
    "app/first.py": """
        from fastapi import APIRouter, Depends

        from app.deps import Items, get_items

        router = APIRouter()


        @router.get("/first")
        def first(items: Items = Depends(get_items)):
            return items.first()
        """,
    "app/names.py": """
        from fastapi import APIRouter, Depends

        from app.deps import Items, get_items

        router = APIRouter()


        @router.post("/names")
        def names(items: Items = Depends(get_items)):
            return items.add("a")
        """,
}
