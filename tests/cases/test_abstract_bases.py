"""Abstract bases: an async copy of their method would ask every heir for one."""

from __future__ import annotations

from pathlib import Path

from awaitify.config import Settings
from awaitify.pipeline import plan_project

from ..pipeline_tools import answers, app, converted, outcomes, write_service  # noqa: TID252

STORES = """
import threading
import time
from abc import ABC, abstractmethod

from sqlalchemy.orm import Session

from app.models import Item

lock = threading.Lock()


class Store(ABC):
    @abstractmethod
    def create(self):
        pass


class Items(Store):
    def create(self, db: Session, name: str) -> int:
        with lock:
            item = Item(name=name)
            db.add(item)
            db.commit()
            return item.id


class Names(Store):
    def create(self, db: Session, name: str) -> str:
        '''Keeps a name.

        Takes a moment.
        '''
        time.sleep(0.01)
        db.add(Item(name=name))
        db.commit()
        return name


class Words(Store):
    def create(self, name: str) -> str:
        super().create()
        return name.title()


items, names, words = Items(), Names(), Words()
"""
ROUTES = """
@app.post("/items")
def add_item(name: str, db: Session = Depends(get_db)) -> int:
    return items.create(db, name)


@app.post("/names")
def add_name(name: str, db: Session = Depends(get_db)) -> str:
    return names.create(db, words.create(name))


if __name__ == "__main__":
    with SessionLocal() as session:
        print(names.create(session, "first"))
"""
REQUESTS = [("POST", "/items?name=a", None), ("POST", "/names?name=b", None)]


def test_heirs_that_stay_need_no_copy(tmp_path: Path) -> None:
    imports = "from app.stores import items, names, words"
    write_service(tmp_path, {"app/stores.py": STORES, **app(ROUTES, imports)})
    before = answers(tmp_path, REQUESTS)
    result = converted(tmp_path)
    assert outcomes(result) == {"POST /items": "left", "POST /names": "native"}, result.plan.routes
    assert "def create_async" in (tmp_path / "app/stores.py").read_text()
    assert answers(tmp_path, REQUESTS) == before
    assert plan_project(tmp_path, Settings()).after == {}
