"""Sessions among the keywords that a helper spreads into the function that it is handed."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..pipeline_tools import answers, app, converted, outcomes, write_service  # noqa: TID252

IMPORTS = """
from collections.abc import Callable
from typing import Any
"""
BODY = """
def found(db: Session, name: str) -> Item:
    item = db.query(Item).filter(Item.name == name).first()
    if item is None:
        raise HTTPException(404)
    return item


def rename(db: Session, *, target: Item, name: str) -> None:
    if name == target.name:
        raise ValueError("the same")
    target.name = name
    db.commit()


def remove(*, db: Session, target: Item) -> None:
    db.delete(target)
    db.commit()


def handle(action: Callable[..., Any], /, *, code: int = 400, **kwargs: Any) -> str:
    try:
        action(**kwargs)
    except ValueError as error:
        raise HTTPException(code) from error
    return "done"


@app.post("/items/{name}")
def add(name: str, db: Session = Depends(get_db)) -> int:
    db.add(Item(name=name))
    db.commit()
    return db.query(Item).count()


@app.post("/rename/{name}/{new}")
def renamed(name: str, new: str, db: Session = Depends(get_db)) -> str:
    return handle(rename, db=db, target=found(db, name), name=new, code=409)


@app.post("/remove/{name}")
def removed(name: str, db: Session = Depends(get_db)) -> str:
    return handle(
        remove,
        db=db,
        target=found(db, name),
    )
"""
REQUESTS = [
    ("POST", "/items/a", None),
    ("POST", "/rename/a/a", None),
    ("POST", "/rename/a/b", None),
    ("POST", "/remove/a", None),
    ("POST", "/remove/b", None),
    ("POST", "/items/c", None),
]


def test_the_helper_hands_the_session_on(tmp_path: Path) -> None:
    root = write_service(tmp_path, app(BODY, IMPORTS))
    before = answers(root, REQUESTS)
    assert [status for status, _ in before["answers"]] == [200, 409, 200, 404, 200, 200]
    result = converted(root)
    assert set(outcomes(result).values()) == {"native"}
    text = (root / "app/main.py").read_text()
    assert "    target = await found(db, name)\n    return await db.run_sync(" in text
    assert answers(root, REQUESTS) == before
    assert not converted(root).after


@pytest.mark.parametrize("kept", ["    kept.update(kwargs)\n", "    kept['db'] = kwargs.get('db')\n"])
def test_what_is_kept_elsewhere_holds_the_routes(tmp_path: Path, kept: str) -> None:
    body = BODY.replace("    try:\n        action", f"{kept}    try:\n        action")
    assert body != BODY
    root = write_service(tmp_path, app(f"kept: dict[str, Any] = {{}}\n\n\n{body}", IMPORTS))
    before = answers(root, REQUESTS)
    result = converted(root)
    assert outcomes(result)["POST /rename/{name}/{new}"] == "left"
    assert answers(root, REQUESTS) == before
