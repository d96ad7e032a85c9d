"""Async twins: only where something async calls them, and with the text of their strings as it was."""

from __future__ import annotations

from pathlib import Path

from awaitify.config import Settings
from awaitify.pipeline import plan_project

from ..pipeline_tools import DATABASE, MODELS, write_service  # noqa: TID252

SERVICE = '''
import abc

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.models import Item


class Base(abc.ABC):
    @abc.abstractmethod
    def clear(self, db: Session) -> None: ...


class Items(Base):
    def names(self, db: Session) -> list[str]:
        """The names.

        Sorted by the database.
        """
        rows = db.execute(text("""
            select name
            from items
        """)).all()
        return [row[0] for row in rows]

    def clear(self, db: Session) -> None:
        db.query(Item).delete()
        db.commit()


items = Items()
'''
MAIN = """
from fastapi import Depends, FastAPI
from sqlalchemy.orm import Session

from app.database import get_db
from app.service import items

app = FastAPI()


@app.get("/names")
def names(db: Session = Depends(get_db)) -> list[str]:
    return items.names(db)
"""
TEST = """
from app.database import SessionLocal
from app.service import items


def test_items() -> None:
    with SessionLocal() as db:
        items.clear(db)
        assert [*map(lambda _: items.names(db), [0])] == [[]]
"""


def _converted(root: Path) -> dict[str, str]:
    files = {"app/service.py": SERVICE, "app/main.py": MAIN, "tests/test_items.py": TEST}
    write_service(root, {"app/database.py": DATABASE, "app/models.py": MODELS, **files}, basic=False)
    result = plan_project(root, Settings())
    return {name: data.decode() for name, data in result.after.items()}


def test_a_method_that_nothing_async_calls_gets_no_twin(tmp_path: Path) -> None:
    text = _converted(tmp_path)["app/service.py"]
    assert text.count("async def ") == 1
    assert text.count("def clear") == 2


def test_the_strings_of_a_twin_stay_as_they_are(tmp_path: Path) -> None:
    text = _converted(tmp_path)["app/service.py"]
    assert "def names(" in text and "await db.execute" in text
    assert text.count("\n            select name\n            from items\n        ") == 2
    assert text.count("\n\n        Sorted by the database.\n        ") == 2


STOCK = """
import time

from sqlalchemy.orm import Session

from app.models import Item


def clear(db: Session, item_id: int) -> None:
    time.sleep(0.01)
    db.query(Item).filter(Item.id == item_id).delete()
    db.commit()
"""
CLEARING = """
from fastapi import Depends, FastAPI
from sqlalchemy.orm import Session

from app.database import get_db
from app.stock import clear

app = FastAPI()


@app.delete("/items/{item_id}")
def remove(item_id: int, db: Session = Depends(get_db)) -> None:
    clear(db, item_id)
"""
SCRIPT = """
from app.database import SessionLocal
from app.stock import clear

if __name__ == "__main__":
    with SessionLocal() as db:
        clear(db, 1)
"""


def test_a_twin_imports_no_more_than_it_uses(tmp_path: Path) -> None:
    files = {"app/stock.py": STOCK, "app/main.py": CLEARING, "app/script.py": SCRIPT}
    write_service(tmp_path, {"app/database.py": DATABASE, "app/models.py": MODELS, **files}, basic=False)
    text = plan_project(tmp_path, Settings()).after["app/stock.py"].decode()
    assert "await db.execute(delete(Item).where(Item.id == item_id))" in text and "db.query(Item)" in text
    assert "import delete\n" in text and "select" not in text
