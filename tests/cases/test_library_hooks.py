"""Methods that a library calls on objects of the project's classes: they stay as they are, awaited by nobody."""

from __future__ import annotations

from pathlib import Path

from ..pipeline_tools import answers, app, converted, outcomes, write_service  # noqa: TID252

LOGS = """
import logging

from app.database import SessionLocal
from app.models import Item


def note(db, name: str) -> int:
    item = Item(name=name)
    db.add(item)
    db.commit()
    return item.id


class Handler(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        with SessionLocal() as db:
            note(db, record.getMessage())


class Quiet(Handler):
    def flush(self) -> None:
        with SessionLocal() as db:
            note(db, "flushed")
"""
MAIN = """
logger = logging.getLogger("notes")
logger.addHandler(logs.Quiet())


@app.post("/items/{name}")
def create(name: str, db: Session = Depends(get_db)) -> int:
    return logs.note(db, name)


@app.get("/items")
def items(db: Session = Depends(get_db)) -> list[str]:
    return [item.name for item in db.query(Item).order_by(Item.id)]


@app.get("/warn")
def warn() -> int:
    logger.warning("warned")
    logger.handlers[0].flush()
    return 1
"""
REQUESTS = [("POST", "/items/a", None), ("GET", "/warn", None), ("GET", "/items", None)]


def test_a_handler_of_logs_goes_on_writing(tmp_path: Path) -> None:
    files = {"app/logs.py": LOGS, **app(MAIN, "import logging\n\nfrom app import logs")}
    root = write_service(tmp_path / "service", files)
    before = answers(root, REQUESTS)
    assert before["answers"][-1][1] == ["a", "warned", "flushed"]
    result = converted(root)
    assert outcomes(result)["GET /items"] == "native"
    assert "async def" not in (root / "app/logs.py").read_text().partition("class Handler")[2]
    assert answers(root, REQUESTS) == before
