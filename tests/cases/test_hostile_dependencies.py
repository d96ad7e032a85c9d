"""Dependencies that share a session with routes of which some move and some stay."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..pipeline_tools import answers, app, contents, converted, outcomes, write_service  # noqa: TID252

SHARED = """
def user(db: Session = Depends(get_db)) -> Item:
    found = db.query(Item).filter(Item.name == "a").first()
    if found is None:
        raise HTTPException(401)
    return found


@app.post("/items")
def create(db: Session = Depends(get_db)) -> int:
    db.add(Item(name="a"))
    db.commit()
    return db.query(Item).count()


@app.post("/moves/{price}")
def moves(price: int, user: Item = Depends(user), db: Session = Depends(get_db)) -> int:
    user.price = price
    db.commit()
    return user.price


@app.post("/stays/{price}")
def stays(price: int, user: USER, db: Session = Depends(get_db)) -> list[int]:
    count = lambda: db.query(Item).count()
    user.price = price
    db.commit()
    return [count(), user.price]


@app.get("/price")
def read(db: Session = Depends(get_db)) -> int:
    return db.query(Item).one().price
"""
REQUESTS = [("POST", "/items", None), ("POST", "/moves/2", None), ("GET", "/price", None), ("POST", "/stays/3", None)]


@pytest.mark.parametrize("written", ["Item = Depends(user)", "Annotated[Item, Depends(user)]"])
def test_a_route_that_stays_keeps_the_dependency_whose_session_it_commits(tmp_path: Path, written: str) -> None:
    root = write_service(tmp_path / "service", app(SHARED.replace("USER", written), "from typing import Annotated"))
    requests = [*REQUESTS, ("GET", "/price", None)]
    before = answers(root, requests)
    found = outcomes(converted(root))
    assert found["POST /moves/{price}"] == "native"
    assert found["POST /stays/{price}"] == "left"
    assert answers(root, requests) == before
    after = contents(root)
    converted(root)
    assert contents(root) == after


ROUTER = """
from fastapi import APIRouter


def audit(db: Session = Depends(get_db)) -> None:
    db.add(Item(name=f"audit{db.query(Item).count()}"))
    db.flush()


router = APIRouter(dependencies=[Depends(audit)])


@router.post("/moves/{name}")
def moves(name: str, db: Session = Depends(get_db)) -> int:
    db.add(Item(name=name))
    db.commit()
    return db.query(Item).count()


@router.post("/stays/{name}")
def stays(name: str, db: Session = Depends(get_db)) -> int:
    count = lambda: db.query(Item).count()
    db.add(Item(name=name))
    db.commit()
    return count()


app.include_router(router)


@app.get("/count")
def count_items(db: Session = Depends(get_db)) -> int:
    return db.query(Item).count()
"""


@pytest.mark.parametrize("stuck", [True, False])
def test_a_dependency_of_a_router_that_writes_moves_with_all_its_routes(tmp_path: Path, stuck: bool) -> None:
    text = (
        ROUTER
        if stuck
        else ROUTER.replace("    count = lambda: db.query(Item).count()\n", "").replace(
            "return count()", "return db.query(Item).count()"
        )
    )
    root = write_service(tmp_path / "service", app(text))
    requests = [("POST", "/moves/a", None), ("POST", "/stays/b", None), ("GET", "/count", None)]
    before = answers(root, requests)
    found = outcomes(converted(root))
    assert found["GET /count"] == "native"
    assert (found["POST /moves/{name}"] == "left") == stuck
    assert answers(root, requests) == before
