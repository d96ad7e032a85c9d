"""A function that was to have a twin, until all that would have awaited it stayed sync: nothing names that twin."""

from __future__ import annotations

from pathlib import Path

from ..pipeline_tools import app, converted, outcomes, write_service  # noqa: TID252

CHECKS = """
import requests

from app.models import Item


def size(item: Item) -> int:
    return len(requests.get(f"http://127.0.0.1:9/{item.name}", timeout=1).text)


def report(item: Item) -> int:
    return size(item)


if __name__ == "__main__":
    print(report(Item(name="a")))
"""
LEFT = """
def unknown(db: Session, item: Item) -> int:
    return unheard.of(db, item)


def checked(db: Session, item: Item) -> int:
    return size(item) + unknown(db, item)


@app.get("/size")
def read_size(db: Session = Depends(get_db)) -> int:
    item = db.query(Item).first()
    return checked(db, item) if item is not None else 0
"""
TESTS = """
from unittest.mock import patch

from app import checks
from app.models import Item


@patch("app.checks.size", return_value=3)
def test_size(mock):
    assert checks.report(Item(name="a")) == 3
"""


def test_patches_of_it_stay_as_they_are(tmp_path: Path) -> None:
    files = app(LEFT, "import unheard\nfrom app.checks import size")
    result = converted(
        write_service(tmp_path / "service", {"app/checks.py": CHECKS, "tests/test_checks.py": TESTS, **files})
    )
    assert outcomes(result) == {"GET /size": "left"}
    assert result.after == {}
