"""Dependencies without I/O between a route and a dependency that gets a twin; tests that override such dependencies."""

from __future__ import annotations

from pathlib import Path

from ..fresh import run_suite  # noqa: TID252
from ..pipeline_tools import answers, app, converted, outcomes, write_service  # noqa: TID252

BODY = """
async def current(name: str = "a", db: Session = Depends(get_db)) -> Item:
    item = db.query(Item).filter(Item.name == name).first()
    if item is None:
        raise HTTPException(401)
    return item


def active(item: Item = Depends(current)) -> Item:
    if item.price < 0:
        raise HTTPException(403)
    return item


async def owner(item: Annotated[Item, Depends(active)]) -> Item:
    return item


@app.post("/items/{name}")
def create(name: str, db: Session = Depends(get_db)) -> int:
    db.add(Item(name=name))
    db.commit()
    return db.query(Item).count()


@app.get("/moving")
def moving(item: Item = Depends(owner), db: Session = Depends(get_db)):
    return {"name": item.name, "n": db.query(Item).count()}


@app.get("/staying")
def staying(item: Item = Depends(active), db: Session = Depends(get_db)):
    return {"name": item.name.upper(), "n": db.query(Item).count()}
"""
IMPORTS = "from typing import Annotated"
REQUESTS = [("POST", "/items/a", None), ("GET", "/moving", None), ("GET", "/staying", None),
            ("GET", "/moving?name=b", None), ("GET", "/staying?name=b", None)]  # fmt: skip
TESTS = """
from fastapi.testclient import TestClient

from app.main import app, current
from app.models import Item

client = TestClient(app)


def test_overridden():
    app.dependency_overrides[current] = lambda: Item(name="fake", price=1)
    assert client.get("/moving?name=none").json()["name"] == "fake"
    assert client.get("/staying?name=none").json()["name"] == "FAKE"
    app.dependency_overrides.pop(current)
    assert client.get("/moving?name=none").status_code == 401
    assert client.get("/staying?name=none").status_code == 401


def test_all_at_once():
    app.dependency_overrides = {current: lambda: Item(name="fake", price=-1)}
    assert client.get("/moving").status_code == 403
    assert client.get("/staying").status_code == 403
    app.dependency_overrides = {}
"""


def test_the_dependency_between_gets_a_twin_too(tmp_path: Path) -> None:
    root = write_service(tmp_path / "service", {**app(BODY, IMPORTS), "tests/test_app.py": TESTS})
    before = answers(root, REQUESTS)
    _passes(root)
    result = converted(root, keep_sync=("app.main.staying",))
    assert outcomes(result) == {"POST /items/{name}": "native", "GET /moving": "native", "GET /staying": "left"}
    assert answers(root, REQUESTS) == before
    main = (root / "app/main.py").read_text()
    assert "async def active_async(item: Item = Depends(current_async)) -> Item:" in main
    assert "def active(item: Item = Depends(current)) -> Item:" in main
    _passes(root)
    again = converted(root, keep_sync=("app.main.staying",))
    assert not again.after


def test_without_a_twin_below_nothing_changes_between(tmp_path: Path) -> None:
    root = write_service(tmp_path / "service", app(BODY, IMPORTS))
    result = converted(root)
    assert set(outcomes(result).values()) == {"native"}
    main = (root / "app/main.py").read_text()
    assert "\ndef active(item: Item = Depends(current)) -> Item:" in main
    assert "active_async" not in main and "current_async" not in main


def test_a_router_over_both_is_changed_once(tmp_path: Path) -> None:
    body = BODY.replace(
        '@app.get("/staying")', 'router = APIRouter(dependencies=[Depends(active)])\n\n\n@router.get("/staying")'
    ).replace('@app.get("/moving")', '@app.get("/moving", dependencies=[Depends(active)])')
    files = app(body + "\n\napp.include_router(router)\n", IMPORTS + "\n\nfrom fastapi import APIRouter")
    root = write_service(tmp_path / "service", files)
    before = answers(root, REQUESTS)
    converted(root, keep_sync=("app.main.staying",))
    assert answers(root, REQUESTS) == before
    assert not converted(root, keep_sync=("app.main.staying",)).after


def _passes(root: Path) -> None:
    (root / "app.db").unlink(missing_ok=True)
    done = run_suite(root, "-q", "tests")
    assert "2 passed" in done.stdout, done.stdout[-3000:] + done.stderr[-2000:]
