"""A query that many branches in a loop refine: what is known of it must not double with each of them."""

from __future__ import annotations

import sys
from pathlib import Path

from ..pipeline_tools import answers, converted, outcomes, write_service  # noqa: TID252

WORDS = [f"w{number}" for number in range(14)]
BRANCHES = "".join(
    f"""
        if word == "{word}":
            query = query.filter(Item.name != "{word}")
        else:
            query = query.filter(Item.id > {number})"""
    for number, word in enumerate(WORDS)
)
MAIN = f"""
from fastapi import Depends, FastAPI
from sqlalchemy.orm import Session

from app.database import get_db
from app.models import Item

app = FastAPI()


@app.get("/items")
def items(words: str, db: Session = Depends(get_db)):
    query = db.query(Item)
    for word in words.split(","):{BRANCHES}
    return [item.name for item in query.all()]
"""


def test_branches_in_a_loop(tmp_path: Path) -> None:
    root = write_service(tmp_path, {"app/main.py": MAIN}, basic=True)
    asked = [("GET", "/items?words=w1,w2", None)]
    before = answers(root, asked)
    result = converted(root, python=Path(sys.executable))
    assert set(outcomes(result).values()) == {"native"}
    assert answers(root, asked) == before
