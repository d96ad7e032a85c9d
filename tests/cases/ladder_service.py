"""A small service for cases about a target's tests: functions and a class over a session, four routes."""

from __future__ import annotations

from pathlib import Path

from ..fresh import run_suite  # noqa: TID252
from ..pipeline_tools import app  # noqa: TID252

CRUD = """
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Item


def names(db: Session) -> list[str]:
    return list(db.scalars(select(Item.name).order_by(Item.id)).all())


def add(db: Session, name: str) -> Item:
    item = Item(name=name)
    db.add(item)
    db.commit()
    db.refresh(item)
    return item


class Service:
    def __init__(self, db: Session):
        self.db = db

    def count(self) -> int:
        return len(self.db.scalars(select(Item)).all())

    def rename(self, old: str, new: str) -> Item | None:
        item = self.db.scalars(select(Item).where(Item.name == old)).first()
        if item is None:
            return None
        item.name = new
        self.db.commit()
        self.db.refresh(item)
        return item
"""
BODY = """
@app.get("/names")
def get_names(db: Session = Depends(get_db)):
    return crud.names(db)


@app.post("/names/{name}")
def add_name(name: str, db: Session = Depends(get_db)):
    return {"id": crud.add(db, name).id}


@app.get("/count")
def count(db: Session = Depends(get_db)):
    return {"count": crud.Service(db).count()}


@app.put("/names/{old}/{new}")
def rename(old: str, new: str, db: Session = Depends(get_db)):
    item = crud.Service(db).rename(old, new)
    if item is None:
        raise HTTPException(404)
    return {"name": item.name}
"""
SERVICE: dict[str, str | bytes] = {"app/crud.py": CRUD, **app(BODY, "from app import crud"), "tests/__init__.py": ""}
ROUTES = ("GET /names", "POST /names/{name}", "GET /count", "PUT /names/{old}/{new}")
MOVED = dict.fromkeys(ROUTES, "native")


def passes(root: Path, count: int) -> None:
    """Runs the tests of a service; all of them pass."""
    for path in root.glob("*.db"):
        path.unlink()
    done = run_suite(root, "-q", "tests")
    last = done.stdout.strip().rpartition("\n")[2]
    assert last.startswith(f"{count} passed"), done.stdout[-3000:] + done.stderr[-2000:]
