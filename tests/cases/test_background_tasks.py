"""A function that runs after the response on the route's session moves with the route, or holds it back."""

from __future__ import annotations

from pathlib import Path

from ..pipeline_tools import answers, app, converted, outcomes, route, rules, write_service  # noqa: TID252

IMPORTS = "from collections.abc import AsyncIterator\n\nfrom fastapi.responses import StreamingResponse"
BODY = """
def rename(db: Session, item_id: int, name: str) -> None:
    item = db.query(Item).filter(Item.id == item_id).first()
    item.name = name
    db.commit()


def double(item_id: int, db: Session) -> None:
    item = db.get(Item, item_id)
    item.price *= 2
    db.commit()


def double_from_a_script(item_id: int) -> None:
    db = SessionLocal()
    try:
        double(item_id, db)
    finally:
        db.close()


def unknown(function):
    return function


@unknown
def decorated(db: Session) -> None:
    db.query(Item).delete()
    db.commit()


def own_session(name: str) -> None:
    db = SessionLocal()
    try:
        db.add(Item(name=name))
        db.commit()
    finally:
        db.close()


@app.post("/items/{name}")
def create(name: str, tasks: BackgroundTasks, db: Session = Depends(get_db)):
    item = Item(name=name, price=2)
    db.add(item)
    db.commit()
    tasks.add_task(rename, db, item.id, name.upper())
    tasks.add_task(double, item.id, db=db)
    return item.id


@app.post("/later/{name}")
def create_later(name: str, tasks: BackgroundTasks, db: Session = Depends(get_db)):
    tasks.add_task(own_session, name)
    return db.query(Item).count()


@app.delete("/items")
def clear(tasks: BackgroundTasks, db: Session = Depends(get_db)):
    tasks.add_task(decorated, db)
    return db.query(Item).count()


async def lines(db: Session) -> AsyncIterator[str]:
    for item in db.query(Item).order_by(Item.id).all():
        yield f"{item.name} {item.price}\\n"


async def framed(db: Session) -> AsyncIterator[str]:
    yield "<"
    async for line in lines(db):
        yield line
    yield ">"


@app.get("/items")
async def stream(db: Session = Depends(get_db)):
    return StreamingResponse(framed(db), status_code=500)
"""
REQUESTS = [
    ("POST", "/items/a", None), ("GET", "/items", None), ("POST", "/later/b", None), ("GET", "/items", None),
    ("DELETE", "/items", None), ("GET", "/items", None),
]  # fmt: skip


def test_functions_that_run_after_the_response(tmp_path: Path) -> None:
    write_service(tmp_path, app(BODY, IMPORTS))
    before = answers(tmp_path, REQUESTS)
    assert before["answers"][1] == [500, "<A 4\n>"]
    result = converted(tmp_path)
    assert answers(tmp_path, REQUESTS) == before
    assert outcomes(result) == {
        "POST /items/{name}": "native",
        "POST /later/{name}": "native",
        "DELETE /items": "left",
        "GET /items": "repaired",
    }
    assert {"sync-callee", "decorator"} <= rules(route(result, "DELETE", "/items"))
    text = (tmp_path / "app/main.py").read_text()
    assert "async def rename(db: AsyncSession" in text
    assert "tasks.add_task(rename, db" in text
    assert "tasks.add_task(double_async, item.id, db=db)" in text
    assert "\ndef double(item_id: int, db: Session)" in text
    assert "\ndef own_session" in text
    assert "async for line in lines(db)" in text and "StreamingResponse(framed(db)" in text


def test_a_result_whose_class_the_called_function_names(tmp_path: Path) -> None:
    body = """
def opener():
    return urllib.request.build_opener()


@app.get("/page")
def page():
    return opener().open("http://127.0.0.1/").status
"""
    write_service(tmp_path, app(body, "import urllib.request"))
    result = converted(tmp_path)
    assert outcomes(result) == {"GET /page": "bridged"}
