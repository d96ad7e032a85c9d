"""Coroutines that are started together over one session: they take turns while they block, and stay as they are."""

from __future__ import annotations

from pathlib import Path

from ..pipeline_tools import answers, app, converted, outcomes, route, rules, write_service  # noqa: TID252

IMPORTS = """
import asyncio
"""
BODY = """
async def count(db: Session):
    return db.query(Item).count()


async def names(db: Session):
    return [item.name for item in db.query(Item).order_by(Item.id)]


async def own():
    with SessionLocal() as db:
        return db.query(Item).count()


class Stats:
    def __init__(self, db: Session):
        self.db = db

    async def count(self):
        return self.db.query(Item).count()

    async def both(self):
        return await asyncio.gather(self.count(), self.count())


@app.get("/awaited")
async def awaited(db: Session = Depends(get_db)):
    return [await (count(db)), await names(db)]


@app.get("/in-time")
async def in_time(db: Session = Depends(get_db)):
    counting = count(db)
    return [await asyncio.wait_for(counting, 5), await asyncio.wait_for(names(db), 5)]


@app.get("/own")
async def of_their_own():
    return await asyncio.gather(own(), own())


@app.get("/gather")
async def gathered(db: Session = Depends(get_db)):
    return await asyncio.gather(count(db), names(db))


@app.get("/list")
async def listed(db: Session = Depends(get_db)):
    found = [count(db) for _ in range(2)]
    return await asyncio.gather(*found)


@app.get("/task")
async def task(db: Session = Depends(get_db)):
    made = asyncio.create_task(count(db))
    return [db.query(Item).count(), await made]


@app.get("/object")
async def of_object(db: Session = Depends(get_db)):
    return await Stats(db).both()


@app.get("/inner")
async def inner(db: Session = Depends(get_db)):
    async def one(number):
        return number + await count(db)

    return await asyncio.gather(*[one(number) for number in range(3)])
"""
KEPT = ("/gather", "/list", "/task", "/object", "/inner")
MOVED = ("/awaited", "/in-time", "/own")


def test_what_runs_beside_others_keeps_its_session(tmp_path: Path) -> None:
    root = write_service(tmp_path, app(BODY, IMPORTS))
    requests = [("GET", path, None) for path in (*MOVED, *KEPT)]
    before = answers(root, requests)
    result = converted(root)
    assert answers(root, requests) == before
    assert {status for status, _ in before["answers"]} == {200}
    assert outcomes(result) == {f"GET {path}": "left" if path in KEPT else "repaired" for path in (*MOVED, *KEPT)}
    assert all("concurrent-session" in rules(route(result, "GET", path)) for path in KEPT)
    assert converted(root).after == {}
