"""`@contextmanager` over a session that it is given: `with transaction(db):` becomes `async with`, or stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..pipeline_tools import answers, app, converted, outcomes, write_service  # noqa: TID252

UNITS = """
from collections.abc import Generator
from contextlib import contextmanager

from sqlalchemy.orm import Session


@contextmanager
def transaction(db: Session) -> Generator[None, None, None]:
    try:
        yield
        db.commit()
    except:
        db.rollback()
        raise
"""
MAIN = app(
    """
@app.post("/items/{name}")
def create(name: str, db: Session = Depends(get_db)) -> int:
    with transaction(db):
        db.add(Item(name=name))
    return db.query(Item).count()


@app.get("/items")
def names(db: Session = Depends(get_db)) -> list[str]:
    return [item.name for item in db.query(Item).order_by(Item.id)]
""",
    "from app.units import transaction",
)
SCRIPT = """
from app.database import SessionLocal
from app.models import Item
from app.units import transaction


def seed():
    with SessionLocal() as db:
        with transaction(db):
            db.add(Item(name="seed"))


if __name__ == "__main__":
    seed()
"""
REQUESTS = [
    ("POST", "/items/a", None), ("POST", "/items/a", None), ("POST", "/items/b", None), ("GET", "/items", None),
]  # fmt: skip


@pytest.mark.parametrize("others", [{}, {"app/script.py": SCRIPT}], ids=["alone", "with sync callers"])
def test_it_moves_with_what_enters_it(tmp_path: Path, others: dict[str, str]) -> None:
    root = write_service(tmp_path, {"app/units.py": UNITS, **MAIN, **others})
    before = answers(root, REQUESTS)
    assert [status for status, _ in before["answers"]] == [200, 500, 200, 200]
    assert set(outcomes(converted(root)).values()) == {"native"}
    assert answers(root, REQUESTS) == before
    text, name = (root / "app/units.py").read_text(), "transaction_async" if others else "transaction"
    made = f"@asynccontextmanager\nasync def {name}(db: AsyncSession) -> AsyncGenerator[None, None]:"
    assert made in text and ("\n@contextmanager\n" in text) == bool(others)
    assert f"async with {name}(db):" in (root / "app/main.py").read_text()
    assert not converted(root).after


SWALLOWING = UNITS.replace("        raise\n", "")
CATCHING = {
    "app/main.py": MAIN["app/main.py"].replace(
        "    with transaction(db):\n        db.add(Item(name=name))\n",
        "    kept = db.query(Item).first()\n"
        "    try:\n        with transaction(db):\n            db.add(Item(name=name))\n"
        "    except Exception:\n        return kept.id if kept else 0\n",
    )
}
NAMED = {
    "app/main.py": MAIN["app/main.py"].replace(
        "    with transaction(db):\n", "    unit = transaction(db)\n    with unit:\n"
    )
}


@pytest.mark.parametrize(
    "files",
    [{"app/units.py": SWALLOWING, **MAIN}, {"app/units.py": UNITS, **CATCHING}, {"app/units.py": UNITS, **NAMED}],
    ids=["it swallows what it rolls back", "its caller goes on", "it is entered by a name"],
)
def test_it_stays_where_something_goes_on_after_a_rollback(tmp_path: Path, files: dict[str, str | bytes]) -> None:
    """Objects that a rollback expired would be loaded when they are read."""
    root = write_service(tmp_path, files)
    before = answers(root, REQUESTS)
    assert outcomes(converted(root)) == {"POST /items/{name}": "left", "GET /items": "native"}
    assert answers(root, REQUESTS) == before
    assert (root / "app/units.py").read_text() == str(files["app/units.py"]).lstrip("\n")
