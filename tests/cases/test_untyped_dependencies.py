"""Dependencies whose annotation says nothing: `Annotated[Any, Depends(get_rows)]`, and names of it."""

from __future__ import annotations

from pathlib import Path

from ..pipeline_tools import answers, app, converted, outcomes, write_service  # noqa: TID252

DEPS = """
import typing as t
from typing import Annotated, Any

from fastapi import Depends
from sqlalchemy.orm import Session

from app.database import get_db
from app.models import Item


class Rows:
    def __init__(self, db):
        self.db = db

    def total(self):
        return self.db.query(Item).count()


def get_rows(db: Session = Depends(get_db)):
    return Rows(db)


RowsDep = Annotated[Any, Depends(get_rows)]
TypedDep = Annotated[t.Any, Depends(get_rows)]
"""
BODY = """
@app.get("/alias")
def alias(rows: RowsDep):
    return rows.total()


@app.get("/module")
def of_module(rows: deps.TypedDep):
    return rows.total()


@app.get("/written")
def written(rows: Annotated[Any, Depends(get_rows)]):
    return rows.total()


@app.get("/default")
def default(rows: Any = Depends(get_rows)):
    return rows.total()


@app.get("/body")
def of_the_request(rows: Annotated[Any, Query()] = "none"):
    return rows.total() if hasattr(rows, "total") else rows
"""
IMPORTS = """from typing import Annotated, Any

from fastapi import Query

from app import deps
from app.deps import RowsDep, get_rows
"""


def test_what_they_give_is_known(tmp_path: Path) -> None:
    root = write_service(tmp_path, {**app(BODY, IMPORTS), "app/deps.py": DEPS})
    requests = [("GET", f"/{name}", None) for name in ("alias", "module", "written", "default", "body")]
    before = answers(root, requests)
    assert [status for status, _ in before["answers"]] == [200] * 5
    found = outcomes(converted(root))
    assert found == {
        "GET /alias": "native", "GET /module": "native", "GET /written": "native", "GET /default": "native",
        "GET /body": "left",
    }  # fmt: skip
    assert answers(root, requests) == before
