"""A helper that refines queries changes only when a query that moves goes through it."""

from __future__ import annotations

from pathlib import Path

from ..pipeline_tools import app, converted, outcomes, write_service  # noqa: TID252

HELPERS = """
from sqlalchemy.orm import Query

from app.models import Item


def in_order(query: Query) -> Query:
    return query.order_by(Item.id)


def named(query: Query, name: str) -> Query:
    return in_order(query.filter(Item.name == name))
"""
UNKNOWN = """
@app.get("/unknown")
def unknown(db: Session = Depends(get_db)) -> list[str]:
    return [item.name for item in named(getattr(db, "query")(Item), "a").all()]
"""
KNOWN = """
@app.get("/known")
def known(db: Session = Depends(get_db)) -> list[str]:
    return [item.name for item in named(db.query(Item), "a").all()]
"""
OTHER = """
@app.get("/count")
def count(db: Session = Depends(get_db)) -> int:
    return db.query(Item).count()
"""
IMPORTS = "from app.helpers import named"


def test_a_helper_of_what_stays_keeps_its_types(tmp_path: Path) -> None:
    root = write_service(tmp_path / "left", {"app/helpers.py": HELPERS, **app(UNKNOWN + OTHER, IMPORTS)})
    assert outcomes(converted(root)) == {"GET /unknown": "left", "GET /count": "native"}
    assert (root / "app/helpers.py").read_text() == HELPERS.lstrip("\n")
    root = write_service(tmp_path / "moved", {"app/helpers.py": HELPERS, **app(KNOWN + OTHER, IMPORTS)})
    assert outcomes(converted(root)) == {"GET /known": "native", "GET /count": "native"}
    assert "def in_order(query: Select) -> Select:" in (root / "app/helpers.py").read_text()
