"""What an earlier statement has read is loaded, unless something in between, or later in a loop, may expire it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..pipeline_tools import DATABASE, answers, app, converted, outcomes, write_service  # noqa: TID252
from .test_abstract_units_of_work import MODELS

BODY = """
def touch(db: Session, shelf: Shelf, label: str) -> None:
    db.add(Box(label=label, shelf_id=shelf.id))
    db.commit()
    END


@app.post("/shelves/{name}")
def put_up(name: str, db: Session = Depends(get_db)):
    db.add(Shelf(name=name))
    db.commit()


@app.post("/again/{key}")
def again(key: int, db: Session = Depends(get_db)):
    shelf = db.query(Shelf).filter(Shelf.id == key).first()
    shelf.boxes.append(Box(label="own"))
    count = len(shelf.boxes)
    db.commit()
    return count


@app.post("/loop/{key}")
def loop(key: int, db: Session = Depends(get_db)):
    shelf = db.query(Shelf).filter(Shelf.id == key).first()
    total, number = len(shelf.boxes), 0
    while number < 3:
        total = total * 10 + len(shelf.boxes)
        number += 1
        touch(db, shelf, str(number))
    return total
"""
REQUESTS = [("POST", "/shelves/a", None), ("POST", "/again/1", None), ("POST", "/loop/1", None)]


KEEPING = "expire_on_commit=False, "


@pytest.mark.parametrize(("options", "end"), [("", "return"), (KEEPING, "return"), (KEEPING, "db.refresh(shelf)")])
def test_what_a_loop_expires_later_is_loaded_again(tmp_path: Path, options: str, end: str) -> None:
    start = app(BODY.replace("END", end), "from app.models import Box, Shelf")
    start = {name: text.replace("from app.models import Item\n", "") for name, text in start.items()}
    database = DATABASE.replace("sessionmaker(", f"sessionmaker({options}")
    root = write_service(tmp_path, {**start, "app/models.py": MODELS, "app/database.py": database})
    before = answers(root, REQUESTS)
    assert outcomes(converted(root))["POST /again/{key}"] == "native"
    assert answers(root, REQUESTS) == before
