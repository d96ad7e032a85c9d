"""What tests mock by name: that of other classes says nothing, that of a class keeps it from being copied."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..pipeline_tools import answers, app, converted, outcomes, write_service  # noqa: TID252
from .ladder_service import passes

IMPORTS = "from app.services import Items, Notes"
SERVICES = """
from sqlalchemy.orm import Session

from app.models import Item, Tag


class Items:
    model = Item

    def __init__(self, db: Session):
        self.db = db

    def all(self):
        return self.db.query(Item).all()

    def named(self, name: str):
        found = self.db.query(Item).filter(Item.name == name).first()
        return found or f"no {self.model.__name__}"


class Notes:
    def all(self, db: Session):
        return [tag.label for tag in db.query(Tag).all()]


notes = Notes()
"""
BODY = """
@app.get("/items/{name}")
def named(name: str, db: Session = Depends(get_db)):
    items = Items(db)
    return items.named(name)


@app.get("/notes")
def all_notes(db: Session = Depends(get_db)):
    return Notes().all(db)
"""
REQUESTS = [("GET", "/items/a", None), ("GET", "/notes", None)]
TESTS = """
from unittest.mock import Mock, patch

from fastapi.testclient import TestClient

from app import main
from app.services import Items, Notes, notes

client = TestClient(main.app)


def test_mocks():
    with patch.object(Notes, "all", return_value=["a"]) as replaced:
        assert client.get("/notes").json() == ["a"]
        replaced.assert_called_once()


def test_a_mock():
    service = Mock()
    service.all.return_value = ["b"]
    service.all.assert_not_called()
    notes.all = Mock(return_value=["c"])
    assert notes.all(None) == ["c"]
    del notes.all
"""
UNKNOWN = """
kept = []


@app.get("/others")
def others():
    return [item.name for item in kept[0].all()]
"""


def test_the_name_of_another_class_keeps_nothing_sync(tmp_path: Path) -> None:
    files = {"app/services.py": SERVICES, "tests/test_app.py": TESTS, **app(BODY, IMPORTS)}
    root = write_service(tmp_path, files)
    before = answers(root, REQUESTS)
    passes(root, 2)
    found = outcomes(converted(root))
    assert found["GET /items/{name}"] == "native"
    text = (root / "app/services.py").read_text()
    assert "class AsyncItems" not in text and "    async def all(self):\n        return (await self.db" in text
    assert answers(root, REQUESTS) == before
    passes(root, 2)


@pytest.mark.parametrize(
    ("patched", "is_copied"),
    [
        ('patch("app.main.client", create=True)', True),
        ('patch("app.services.Items.named", return_value="x")', False),
        ('patch("app.main.Items", return_value=Mock(named=Mock(return_value="x")))', False),
        ('patch.object(Items, "named", return_value="x")', False),
    ],
)
def test_a_class_that_tests_replace_gets_no_copy(tmp_path: Path, patched: str, is_copied: bool) -> None:
    used = f"\n\ndef test_it():\n    with {patched}:\n        assert client.get('/items/a').status_code == 200\n"
    files = {"app/services.py": SERVICES, "tests/test_app.py": TESTS + used, **app(BODY + UNKNOWN, IMPORTS)}
    root = write_service(tmp_path, files)
    before = answers(root, REQUESTS)
    passes(root, 3)
    found = outcomes(converted(root))
    assert ("class AsyncItems" in (root / "app/services.py").read_text()) is is_copied
    assert found["GET /items/{name}"] == ("native" if is_copied else "left")
    assert answers(root, REQUESTS) == before
    passes(root, 3)


OWN = """
@app.get("/items/{name}")
def named(name: str, db: Session = Depends(get_db)):
    items = Items(db)
    return items.named(name)
"""


def test_a_class_that_shows_its_own_name_gets_no_copy(tmp_path: Path) -> None:
    services = SERVICES.replace("self.model.__name__", "Items.__name__")
    root = write_service(tmp_path, {"app/services.py": services, **app(OWN + UNKNOWN, IMPORTS)})
    before = answers(root, REQUESTS[:1])
    assert outcomes(converted(root))["GET /items/{name}"] == "left"
    assert answers(root, REQUESTS[:1]) == before


def test_what_stays_sync_is_left_out_of_a_copy(tmp_path: Path) -> None:
    services = SERVICES.replace(
        "class Notes:",
        """class Shelf:
    def __init__(self, db: Session):
        self.items = Items(db)
        self.db = db

    def named(self, name: str):
        return [self.db.query(Item).count(), self.items.named(name)]

    def all(self):
        return self.items.all()


class Notes:""",
    )
    body = (
        OWN.replace("Items", "Shelf")
        + UNKNOWN
        + """

def report():
    with SessionLocal() as db:
        print(Shelf(db).all())


if __name__ == "__main__":
    report()
"""
    )
    root = write_service(tmp_path, {"app/services.py": services, **app(body, "from app.services import Shelf")})
    before = answers(root, REQUESTS[:1])
    assert outcomes(converted(root))["GET /items/{name}"] == "native"
    code = (root / "app/services.py").read_text()
    assert "class AsyncShelf" in code and "class AsyncItems" in code and code.count("def all(self)") == 2
    assert answers(root, REQUESTS[:1]) == before
