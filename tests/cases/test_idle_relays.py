"""Dependencies that take a session for nothing and ask for one that reads it: they follow it, twins included."""

from __future__ import annotations

from pathlib import Path

import pytest
from awaitify.config import Settings
from awaitify.pipeline import plan_project

from ..pipeline_tools import answers, app, converted, outcomes, write_service  # noqa: TID252

USERS = """
from fastapi import HTTPException


def current(name: str, db: Session = Depends(get_db)) -> str:
    found = db.query(Item).filter(Item.name == name).first()
    if found is None:
        raise HTTPException(404)
    return found.name


def is_allowed(name: str, right: str, db: Session | None = None) -> bool:
    return name.startswith(right)
"""
TOP = """

def allowed(user: str = Depends(current), db: Session = Depends(get_db)):
    if not is_allowed(user, "a", db):
        raise HTTPException(403)
"""
MADE = """

def require(right: str):
    def allowed(user: str = Depends(current), db: Session = Depends(get_db)):
        if not is_allowed(user, right, db):
            raise HTTPException(403)

    return allowed
"""
ROUTES = """

@app.get("/items", dependencies=[Depends(ALLOWED)])
def items(db: Session = Depends(get_db)) -> list[str]:
    return [item.name for item in db.query(Item)]


@app.post("/items")
def add(name: str, db: Session = Depends(get_db)) -> int:
    db.add(Item(name=name))
    db.commit()
    return db.query(Item).count()
"""
#: It stays sync: what it calls is unknown.
STAYS = """

@app.get("/odd", dependencies=[Depends(ALLOWED)])
def odd(request: Request, db: Session = Depends(get_db)) -> int:
    getattr(request.app.state, "odd", print)(db)
    return db.query(Item).count()
"""
ASKED = [
    ("POST", "/items?name=ab", None), ("POST", "/items?name=bb", None), ("GET", "/items?name=ab", None),
    ("GET", "/items?name=bb", None), ("GET", "/items?name=cb", None),
]  # fmt: skip


@pytest.mark.parametrize("stays", [False, True])
@pytest.mark.parametrize(("form", "use"), [(TOP, "allowed"), (MADE, 'require("a")')], ids=["top", "made"])
def test_a_dependency_with_a_session_that_it_does_not_use(tmp_path: Path, form: str, use: str, stays: bool) -> None:
    body = USERS + form + (ROUTES + STAYS * stays).replace("ALLOWED", use)
    root = write_service(tmp_path, app(body, "from fastapi import Request\n"))
    asked = ASKED + [("GET", "/odd?name=ab", None), ("GET", "/odd?name=bb", None)] * stays
    before = answers(root, asked)
    assert [status for status, _ in before["answers"][:5]] == [200, 200, 200, 403, 404]
    result = converted(root)
    assert answers(root, asked) == before
    left = {"GET /odd": "left"} if stays else {}
    assert outcomes(result) == {"GET /items": "native", "POST /items": "native", **left}
    kind = "AsyncSession | Session | None" if stays else "AsyncSession | None"
    assert f"db: {kind} = None" in (root / "app/main.py").read_text()
    assert plan_project(root, Settings()).after == {}
