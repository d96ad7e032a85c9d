"""A dependency that a call makes stays sync; a route that shares its objects must not move to another session."""

from __future__ import annotations

from pathlib import Path

from awaitify.config import Settings
from awaitify.pipeline import plan_project

DATABASE = """
from sqlalchemy import create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

engine = create_engine("sqlite:///./app.db")

class Base(DeclarativeBase):
    pass

class Item(Base):
    __tablename__ = "items"
    id: Mapped[int] = mapped_column(primary_key=True)

def get_db():
    with Session(engine) as db:
        yield db
"""
MAIN = """
from fastapi import Depends, FastAPI
from sqlalchemy.orm import Session

from database import Item, get_db

app = FastAPI()

def item_of(kind: str):
    def find(item_id: int, db: Session = Depends(get_db)):
        return db.get(Item, item_id)
    return find

@app.delete("/items/{item_id}")
def remove(item: Item = Depends(item_of("a")), db: Session = Depends(get_db)):
    db.delete(item)
    db.commit()

@app.get("/items/{item_id}/there")
def there(item_id: int, db: Session = Depends(get_db)):
    return db.get(Item, item_id) is not None
"""


def test_a_route_over_a_made_dependency_stays(tmp_path: Path) -> None:
    (tmp_path / "database.py").write_text(DATABASE)
    (tmp_path / "main.py").write_text(MAIN)
    routes = {route.function: route for route in plan_project(tmp_path, Settings()).plan.routes}
    assert routes["main.remove"].outcome == "left"
    assert "session-source" in {reason.rule for reason in routes["main.remove"].reasons}
    assert routes["main.there"].outcome == "native"
