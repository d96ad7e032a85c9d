"""Constructors that block cannot be async: an exception is made in a thread as it is raised, and any other object too
whose constructor is known through and through and keeps nothing of its thread."""

from __future__ import annotations

from pathlib import Path

from ..pipeline_tools import answers, app, converted, outcomes, write_service  # noqa: TID252

MAIN = """
import sqlite3
import time
from dataclasses import dataclass

from contextvars import ContextVar

from sqlalchemy import Column, Integer

from app.models import Base

current = ContextVar("current", default="none")


def read_text(key: str) -> str:
    with open("texts.txt") as file:
        return file.read().strip() + key


class Refused(HTTPException):
    code = 409

    def __init__(self, key: str, **kwargs):
        super().__init__(status_code=self.code, detail=read_text(key), **kwargs)


class Gone(Refused):
    code = 410


class Report:
    def __init__(self, title: str):
        time.sleep(0.01)
        self.title = title


class Listing:
    def __init__(self, db: Session):
        self.names = [item.name for item in db.query(Item).all()]


class Opened:
    def __init__(self):
        self.db = SessionLocal()
        self.count = self.db.query(Item).count()

    def again(self):
        return self.db.query(Item).count()

    def close(self):
        self.db.close()


class Kept:
    def __init__(self, db: Session, name: str):
        time.sleep(0.01)
        self.db = db
        self.name = name

    def again(self):
        return self.db.query(Item).count()


class Store:
    def __init__(self):
        self.connection = sqlite3.connect("store.db")

    def read(self):
        return self.connection.execute("select 1").fetchone()[0]


class Stamp(Base):
    __tablename__ = "stamps"
    id = Column(Integer, primary_key=True)

    def __init__(self, **kwargs):
        time.sleep(0.01)
        super().__init__(**kwargs)


@app.get("/refused")
def refused(db: Session = Depends(get_db)):
    if db.query(Item).count() < 0:
        return []
    try:
        raise Gone("key")
    except Refused as error:
        raise Refused(key=error.detail) from error


@app.get("/report")
def report(db: Session = Depends(get_db)):
    return [Report(f"n{db.query(Item).count()}").title, db.query(Item).count()]


@app.get("/many")
def many(db: Session = Depends(get_db)):
    titles = [Report(str(item.id)) for item in db.query(Item).all()]
    return [title.title for title in titles]


@app.get("/listing")
def listing(db: Session = Depends(get_db)):
    return Listing(db).names


@app.get("/opened")
def opened():
    own = Opened()
    try:
        return [own.count, own.again()]
    finally:
        own.close()


@app.get("/kept")
def kept(db: Session = Depends(get_db)):
    return Kept(db, "a").again()


@app.get("/stored")
def stored(db: Session = Depends(get_db)):
    store = Store()
    return [store.read(), db.query(Item).count()]


@app.post("/stamps")
def stamped(db: Session = Depends(get_db)):
    db.add(Stamp())
    db.commit()
    return db.query(Stamp).count()


class Client:
    # Reads its settings as it is made, and works later.

    def __init__(self, path: str = "texts.txt"):
        with open(path) as file:
            self.prefix = file.read().strip()

    def tell(self, text: str) -> str:
        time.sleep(0.01)
        return self.prefix + text


class Told(Client):
    pass


class Current:
    def __init__(self, name: str):
        time.sleep(0.01)
        current.set(name)


@dataclass
class Posted:
    name: str

    def __post_init__(self):
        self.name += read_text("!")


class Odd:
    def __init__(self, maker):
        self.made = maker.make()
        time.sleep(0.01)


@app.get("/service")
def service(db: Session = Depends(get_db)):
    client = Told()
    return [client.tell(str(db.query(Item).count())), Client(path="texts.txt").tell("b")]


@app.get("/posted")
def posted(db: Session = Depends(get_db)):
    return [Posted(name=str(db.query(Item).count())).name, Posted("b").name]


@app.get("/current")
def in_context(db: Session = Depends(get_db)):
    Current(str(db.query(Item).count()))
    return current.get()


@app.get("/odd")
def odd(db: Session = Depends(get_db)):
    return [db.query(Item).count(), Odd(app.state.maker).made]


@app.get("/already")
async def already(name: str):
    return Report(name).title
"""
REQUESTS = [
    ("GET", "/refused", None), ("GET", "/report", None), ("GET", "/many", None), ("GET", "/listing", None),
    ("GET", "/service", None), ("GET", "/posted", None), ("GET", "/current", None),
    ("GET", "/already?name=a", None), ("GET", "/opened", None), ("GET", "/kept", None), ("GET", "/stored", None),
]  # fmt: skip
LEFT = [
    "GET /listing",
    "GET /opened",
    "GET /kept",
    "GET /stored",
    "POST /stamps",
    "GET /already",
    "GET /odd",
    "GET /current",
]


def test_exceptions_are_made_in_threads(tmp_path: Path) -> None:
    root = write_service(tmp_path, {**app(MAIN), "texts.txt": "told: "})
    before = answers(root, REQUESTS)
    assert [status for status, _ in before["answers"]] == [409, *[200] * 10]
    result = converted(root)
    found = outcomes(result)
    text = result.after["app/main.py"].decode()
    assert 'raise await asyncio.to_thread(Gone, "key")' in text
    assert "raise await asyncio.to_thread(Refused, key=error.detail) from error" in text
    assert "await asyncio.to_thread(Report, str(item.id))\n" in text
    assert {found[f"GET /{path}"] for path in ("refused", "report", "many", "service", "posted")} == {"native"}
    assert {found[key] for key in LEFT} == {"left"}
    assert answers(root, REQUESTS) == before and not converted(root).after
