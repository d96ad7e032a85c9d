"""Generators that wait become async ones where all that reads them can read such."""

from __future__ import annotations

from pathlib import Path

import pytest
from awaitify.analysis.knowledge.library_facts import Knowledge

from ..pipeline_tools import MODELS, answers, app, converted, route, write_service  # noqa: TID252

RELATED = MODELS.replace("mapped_column\n", "mapped_column, relationship\n", 1).replace(
    "    price: Mapped[int] = mapped_column(default=0)\n",
    '    price: Mapped[int] = mapped_column(default=0)\n    tags: Mapped[list["Tag"]] = relationship()\n',
)
HEAD = """
import csv
import io
from collections.abc import Generator, Iterator

from fastapi import HTTPException
from fastapi.responses import StreamingResponse

from app.models import Tag
"""
BODY = """
seen = []


class Repo:
    def __init__(self, db):
        self.db = db

    def walk(self):
        for item in self.db.query(Item).order_by(Item.id):
            yield item.name

    def upper(self):
        for name in self.walk():
            yield name.upper()

    def first(self):
        for name in self.walk():
            return name


def get_repo(db: Session = Depends(get_db)):
    repo = Repo(db)
    try:
        yield repo
        db.commit()
    except Exception:
        db.rollback()
        raise


def each(db):
    for item in db.query(Item).order_by(Item.id):
        yield item


def names(db: Session) -> Iterator[str]:
    for item in db.query(Item).order_by(Item.id):
        yield item.name


def both(db: Session) -> Generator[str, None, None]:
    yield "start"
    yield from names(db)
    yield from ["a", "b"]


def pages(db, size):
    page = 0
    while True:
        found = db.query(Item).order_by(Item.id).offset(page * size).limit(size).all()
        if not found:
            return
        yield found
        page += 1


def lines(db):
    for item in db.query(Item).order_by(Item.id):
        yield f"{item.name} {len(item.tags)} "


def own_lines():
    with SessionLocal() as db:
        for item in db.query(Item).order_by(Item.id).yield_per(1):
            yield f"{item.name} "


def chunks():
    with open("words.txt") as file:
        yield from file


def rows(items):
    for item in items:
        yield f"{item.name} {len(item.tags)} "


def table(db):
    out = io.StringIO()
    writer = csv.writer(out)
    for item in db.query(Item).order_by(Item.id).all():
        writer.writerow([item.id, item.name])
        yield out.getvalue()
        out.seek(0)
        out.truncate(0)


def held(db):
    try:
        for item in db.query(Item).order_by(Item.id):
            yield item.name
    finally:
        db.rollback()


def held_on(db):
    try:
        for item in db.query(Item).order_by(Item.id):
            yield item.name
    finally:
        db.rollback()


def held_up(db):
    try:
        for item in db.query(Item).order_by(Item.id):
            yield item.name
    finally:
        db.rollback()


def thirds(db):
    for item in db.query(Item).order_by(Item.id):
        yield item.name


def scoped(db):
    try:
        yield Repo(db)
        db.commit()
    except ValueError:
        seen.append("undone")
        db.rollback()
        raise HTTPException(409)


def get_scoped(db: Session = Depends(get_db)):
    yield from scoped(db)


@app.get("/thrown")
def thrown(repo: Repo = Depends(get_scoped)):
    if repo.first() == "a":
        raise ValueError


@app.get("/seen")
def shown_seen():
    return seen


def firsts(db):
    for item in db.query(Item).order_by(Item.id):
        yield item.name


def seconds(db):
    for item in db.query(Item).order_by(Item.id):
        yield item.name


def ended(db):
    for item in db.query(Item).order_by(Item.id):
        yield item


def count(db, price):
    return db.query(Item).filter(Item.price > price).count()


def raise_price(db, item):
    item.price += 1
    db.commit()


@app.post("/items")
def make(db: Session = Depends(get_db)):
    db.add_all([Item(id=1, name="a", price=1), Item(id=2, name="b", price=4), Tag(id=1, item_id=1, label="x")])
    db.commit()


"""
RETURNED = {
    "[[i.name, len(i.tags)] for i in each(db)]": "native",
    "{i.name: i.price for i in each(db)}": "native",
    "list(both(db))": "native",
    "[sorted(names(db), reverse=True), max(names(db)), len(set(names(db))), '-'.join(names(db))]": "native",
    "sum(i.price * 2 for i in each(db))": "native",
    "sorted(count(db, i) for i in (1, 2))": "native",
    "[[i.name for i in page] for page in pages(db, 1)]": "native",
    "[Repo(db).first(), list(Repo(db).upper())]": "native",
    "list(held(db))": "native",
    "StreamingResponse(lines(db), media_type='text/plain')": "native",
    "StreamingResponse(content=own_lines(), media_type='text/plain')": "native",
    "[db.query(Item).count(), StreamingResponse(chunks(), media_type='text/plain')][1]": "native",
    "StreamingResponse(rows(db.query(Item).order_by(Item.id).all()), media_type='text/plain')": "native",
    "StreamingResponse(table(db), media_type='text/csv')": "native",
    "next(firsts(db), None)": "left",
    "any(name == 'a' for name in seconds(db))": "left",
}
BODIES = {
    "    found = names(db)\n    out = ''\n    for name in found:\n        out += name\n    return out\n": "native",
    "    def inner():\n        for item in db.query(Item).order_by(Item.id):\n            yield item.name\n\n"
    "    body = inner()\n    return StreamingResponse(body, media_type='text/plain')\n": "native",
    "    for name in names(db):\n        return name\n": "native",
    "    for name in held_on(db):\n        return name\n": "left",
    "    for name in held_up(db):\n        if not name:\n            raise HTTPException(404)\n    return 1\n": "left",
    "    found = thirds(db)\n\n    def inner():\n        return list(found)\n\n    return inner()\n": "left",
    "    for item in ended(db):\n        raise_price(db, item)\n    return [i.price for i in ended(db)]\n": "left",
}


def test_generators_move(tmp_path: Path) -> None:
    shapes = [(f"    return {code}\n", outcome) for code, outcome in RETURNED.items()] + [*BODIES.items()]
    paths = [f"/{number}" for number in range(len(shapes))]
    routes = [f'@app.get("{path}")\ndef read_{path[1:]}(db: Session = Depends(get_db)):\n{body}'
              for path, (body, _) in zip(paths, shapes, strict=True)]  # fmt: skip
    files = app(BODY + "\n\n".join([DEPENDENT, *routes]), HEAD)
    root = write_service(tmp_path, {**files, "app/models.py": RELATED, "words.txt": "one\ntwo\n"})
    requests = [
        ("POST", "/items", None),
        *(("GET", path, None) for path in [*paths, "/repo", "/thrown", "/seen", "/0"]),
    ]
    before = answers(root, requests)
    assert [status for status, _ in before["answers"] if status != 200] == [409] and [200, ["undone"]] in before[
        "answers"
    ]
    result = converted(root)
    assert answers(root, requests) == before
    found = {path: route(result, "GET", path) for path in paths}
    assert [found[path].outcome for path in paths] == [outcome for _, outcome in shapes], [
        (path, item.reasons) for path, item in found.items() if item.outcome == "left"
    ]
    assert route(result, "GET", "/thrown").outcome == "left"  # scoped() would not see the exception any more
    assert not converted(root).after


def test_a_session_that_is_closed_before_the_stream(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Knowledge, "is_before", lambda self, since: since == "fastapi 0.118")
    codes = ["StreamingResponse(lines(db))", "StreamingResponse(own_lines())"]
    routes = [f'@app.get("/{number}")\ndef read_{number}(db: Session = Depends(get_db)):\n    return {code}\n'
              for number, code in enumerate(codes)]  # fmt: skip
    files = app(BODY + "\n\n".join(routes), HEAD)
    result = converted(write_service(tmp_path, {**files, "app/models.py": RELATED}))
    assert [route(result, "GET", f"/{number}").outcome for number in range(2)] == ["left", "native"]
    assert "closes the session" in str(route(result, "GET", "/0").reasons)


def test_annotations_follow(tmp_path: Path) -> None:
    files = app(BODY + '@app.get("/1")\ndef read(db: Session = Depends(get_db)):\n    return list(both(db))\n', HEAD)
    root = write_service(tmp_path, {**files, "app/models.py": RELATED})
    converted(root)
    text = (root / "app/main.py").read_text()
    assert "async def names(db: AsyncSession) -> AsyncIterator[str]:" in text
    assert "async def both(db: AsyncSession) -> AsyncGenerator[str, None]:" in text
    assert "from collections.abc import AsyncGenerator, AsyncIterator\n" in text
    assert "    return [item async for item in both(db)]\n" in text


DEPENDENT = """@app.get("/repo")
def text(repo: Repo = Depends(get_repo)):
    return list(repo.walk())
"""


SHARED = """
class Names:
    def __init__(self, db):
        self.db = db

    def walk(self, number=1):
        yield from self.at(number)
        if number < 3:
            yield from self.walk(number + 1)

    def at(self, number):
        for item in self.db.query(Item).filter(Item.id == number):
            yield item.name


def get_names(db: Session = Depends(get_db)):
    names = Names(db)
    try:
        yield names
        db.commit()
    except Exception:
        db.rollback()
        raise


@app.post("/items")
def make(db: Session = Depends(get_db)):
    db.add_all([Item(id=1, name="a", price=1), Item(id=2, name="b", price=4)])
    db.commit()


@app.get("/walk")
def walk(names: Names = Depends(get_names)):
    return [name for name in names.walk()]


@app.get("/raw")
def raw(names: Names = Depends(get_names)):
    return list(names.db.connection().connection.cursor().execute("select count(*) from items").fetchone())
"""


def test_a_dependency_that_yields_gets_a_copy_beside_what_stays(tmp_path: Path) -> None:
    root = write_service(tmp_path, app(SHARED))
    requests = [("POST", "/items", None), ("GET", "/walk", None), ("GET", "/raw", None), ("GET", "/walk", None)]
    before = answers(root, requests)
    assert [body for _, body in before["answers"][1:]] == [["a", "b"], [2], ["a", "b"]]
    result = converted(root)
    assert answers(root, requests) == before
    assert (route(result, "GET", "/walk").outcome, route(result, "GET", "/raw").outcome) == ("native", "left")
    text = (root / "app/main.py").read_text()
    assert "async def get_names_async(db: AsyncSession" in text and "\ndef get_names(db: Session" in text
    assert "async for each in self.walk(number + 1):" in text and "yield from self.walk(number + 1)" in text
    assert not converted(root).after
