"""A file that imports a function under a name of its own gets the function's twin under such a name too."""

from __future__ import annotations

from pathlib import Path

from ..pipeline_tools import answers, app, converted, outcomes, write_service  # noqa: TID252

STORE = """
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Item


def get_item(db: Session, name: str) -> Item | None:
    return db.scalars(select(Item).where(Item.name == name)).first()

"""
DEPENDENCIES = """
from fastapi import Depends, HTTPException
from sqlalchemy.orm import Session

from app.database import get_db
from app.models import Item
from app.store import get_item as stored_item


def get_item(name: str, db: Session = Depends(get_db)) -> Item:
    item = stored_item(db, name)
    if item is None:
        raise HTTPException(404)
    return item
"""
BODY = """
@app.post("/items/{name}")
def add(name: str, db: Session = Depends(get_db)) -> int:
    db.add(Item(name=name))
    db.commit()
    return db.query(Item).count()


@app.get("/items/{name}")
def read(item: Item = Depends(get_item)) -> int:
    return item.id


@app.get("/unknown/{name}")
def unknown(item: Item = Depends(get_item), db: Session = Depends(get_db)) -> int:
    return getattr(db, "scalar")(select(Item.id).where(Item.name == item.name))
"""
IMPORTS = "from sqlalchemy import select\n\nfrom app.dependencies import get_item"
REQUESTS = [
    ("POST", "/items/a", None),
    ("GET", "/items/a", None),
    ("GET", "/items/b", None),
    ("GET", "/unknown/a", None),
]

EXPECTED = {"POST /items/{name}": "native", "GET /items/{name}": "native", "GET /unknown/{name}": "left"}


def test_it_does_not_meet_another_twin(tmp_path: Path) -> None:
    files = {"app/store.py": STORE, "app/dependencies.py": DEPENDENCIES, **app(BODY, IMPORTS)}
    root = write_service(tmp_path / "service", files)
    before = answers(root, REQUESTS)
    result = converted(root)
    assert outcomes(result) == EXPECTED, result.plan.routes
    text = (root / "app/dependencies.py").read_text()
    assert "get_item_async as stored_item_async" in text and "item = await stored_item_async(db, name)" in text
    assert "async def get_item_async(" in text
    assert answers(root, REQUESTS) == before


def test_a_provider_keeps_the_name_that_the_file_gave_it(tmp_path: Path) -> None:
    named = DEPENDENCIES.replace("import get_db", "import get_db as open_db").replace("(get_db)", "(open_db)")
    body, imports = BODY.partition('@app.get("/unknown')[0], IMPORTS.partition("\n\n")[2]
    root = write_service(tmp_path, {"app/store.py": STORE, "app/dependencies.py": named, **app(body, imports)})
    before = answers(root, REQUESTS[:3])
    assert set(outcomes(converted(root)).values()) == {"native"}
    text = (root / "app/dependencies.py").read_text()
    assert "import get_async_db as open_async_db\n" in text and "Depends(open_async_db)" in text
    assert "get_db as open_db" not in text
    assert answers(root, REQUESTS[:3]) == before
