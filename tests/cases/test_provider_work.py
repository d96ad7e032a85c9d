"""Dependencies that do something else before they open a session: that runs in a thread, as it did before."""

from __future__ import annotations

import sys
from pathlib import Path

from ..pipeline_tools import answers, converted, outcomes, write_service  # noqa: TID252

MAIN = """
from fastapi import Depends, FastAPI
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.database import SessionLocal, engine
from app.models import Item

app = FastAPI()
_is_ready = False


def prepare(index: str) -> None:
    global _is_ready
    if not _is_ready:
        with engine.begin() as connection:
            connection.execute(text(f"CREATE INDEX IF NOT EXISTS {index} ON items (price)"))
        _is_ready = True


def get_session():
    prepare("by_price")
    db = SessionLocal()
    try:
        yield db
    finally:
        db.close()


@app.post("/items/{name}")
def add(name: str, db: Session = Depends(get_session)) -> int:
    item = Item(name=name)
    db.add(item)
    db.commit()
    return item.id


@app.get("/indexes")
def indexes(db: Session = Depends(get_session)) -> list[str]:
    return list(db.scalars(text("SELECT name FROM sqlite_master WHERE name = 'by_price'")).all())
"""
REQUESTS = [("POST", "/items/a", None), ("GET", "/indexes", None)]


def test_work_before_the_session_runs_in_a_thread(tmp_path: Path) -> None:
    root = write_service(tmp_path / "service", {"app/main.py": MAIN})
    before = answers(root, REQUESTS)
    result = converted(root, python=Path(sys.executable))
    assert set(outcomes(result).values()) == {"native"}
    after = answers(root, REQUESTS)
    assert after == before
    assert [body for _, body in after["answers"]] == [1, ["by_price"]]
    text = (root / "app/main.py").read_text()
    assert '    await asyncio.to_thread(prepare, "by_price")\n    db = AsyncSessionLocal()' in text
    assert "import asyncio\n" in text
    assert not converted(root, python=Path(sys.executable)).after


def test_a_route_that_does_the_same_work_is_followed_too(tmp_path: Path) -> None:
    route = '\n\n@app.post("/prepare")\ndef again() -> bool:\n    prepare("by_price")\n    return _is_ready\n'
    root = write_service(tmp_path / "service", {"app/main.py": MAIN + route})
    requests = [*REQUESTS, ("POST", "/prepare", None)]
    before = answers(root, requests)
    result = converted(root, python=Path(sys.executable))
    assert "left" not in outcomes(result).values()
    assert answers(root, requests) == before


def test_work_on_the_session_keeps_the_dependency(tmp_path: Path) -> None:
    main = MAIN.replace('    prepare("by_price")\n    db = SessionLocal()', "    db = SessionLocal()\n    mark(db)")
    mark = 'def mark(db: Session) -> None:\n    db.execute(text("SELECT 1"))\n\n\ndef get_session'
    root = write_service(tmp_path / "service", {"app/main.py": main.replace("def get_session", mark, 1)})
    before = answers(root, REQUESTS[:1])
    converted(root, python=Path(sys.executable))
    assert answers(root, REQUESTS[:1]) == before
    assert "to_thread(mark" not in (root / "app/main.py").read_text()
