"""Operators and built-ins over objects whose methods wait, and properties that wait and that a response model reads."""

from __future__ import annotations

from pathlib import Path

from ..pipeline_tools import answers, converted, outcomes, route, rules, write_service  # noqa: TID252

SERVICE = """
import time

from fastapi import Depends, FastAPI
from pydantic import BaseModel, ConfigDict
from sqlalchemy import Column, Integer, String, create_engine
from sqlalchemy.orm import Session, declarative_base, sessionmaker

engine = create_engine("sqlite:///./app.db")
SessionLocal = sessionmaker(bind=engine, autoflush=False)
Base = declarative_base()


class Item(Base):
    __tablename__ = "items"
    id = Column(Integer, primary_key=True)
    name = Column(String)

    @property
    def picture(self):
        time.sleep(0.001)
        return f"{self.name}.png"

    @property
    def plain(self):
        return self.name.upper()


app = FastAPI()
Base.metadata.create_all(engine)


def get_db():
    db = SessionLocal()
    try:
        yield db
    finally:
        db.close()


class PictureOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    picture: str


class PlainOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    plain: str


class Wrap(BaseModel):
    items: list[PictureOut]


class Repo:
    def __init__(self, db: Session):
        self.db = db

    def __len__(self):
        return self.db.query(Item).count()

    def __iter__(self):
        return iter(self.db.query(Item).order_by(Item.id).all())

    def __getitem__(self, key):
        return self.db.query(Item).filter(Item.id == key).first()

    def __contains__(self, name):
        return self.db.query(Item).filter(Item.name == name).first() is not None

    def __bool__(self):
        return self.db.query(Item).count() > 0

    def __str__(self):
        return str(self.db.query(Item).count())


class Store:
    def __len__(self):
        time.sleep(0.001)
        return 3

    def __iter__(self):
        time.sleep(0.001)
        return iter([1, 2])

    def __getitem__(self, key):
        time.sleep(0.001)
        return key

    def __setitem__(self, key, value):
        time.sleep(0.001)

    def __contains__(self, name):
        time.sleep(0.001)
        return name == "a"

    def __bool__(self):
        time.sleep(0.001)
        return True

    def __str__(self):
        time.sleep(0.001)
        return "store"

    def __eq__(self, other):
        time.sleep(0.001)
        return True

    def __add__(self, other):
        time.sleep(0.001)
        return other


store = Store()


def one(db):
    item = db.query(Item).first()
    if item is None:
        item = Item(name="a")
        db.add(item)
        db.commit()
    return item


@app.post("/seed")
def seed(db: Session = Depends(get_db)):
    return one(db).id


@app.get("/picture", response_model=PictureOut)
def picture(db: Session = Depends(get_db)):
    return db.query(Item).first()


@app.get("/pictures", response_model=Wrap)
def pictures(db: Session = Depends(get_db)):
    return {"items": db.query(Item).all()}


@app.get("/picture-made")
def picture_made(db: Session = Depends(get_db)):
    return PictureOut.model_validate(db.query(Item).first())


@app.get("/plain", response_model=PlainOut)
def plain(db: Session = Depends(get_db)):
    return db.query(Item).first()


@app.get("/r-len")
def r_len(db: Session = Depends(get_db)):
    return len(Repo(db))


@app.get("/r-iter")
def r_iter(db: Session = Depends(get_db)):
    return [i.name for i in Repo(db)]


@app.get("/r-item")
def r_item(db: Session = Depends(get_db)):
    repo = Repo(db)
    return repo[1].name


@app.get("/r-in")
def r_in(db: Session = Depends(get_db)):
    return "a" in Repo(db)


@app.get("/r-bool")
def r_bool(db: Session = Depends(get_db)):
    repo = Repo(db)
    return "yes" if repo else "no"


@app.get("/r-str")
def r_str(db: Session = Depends(get_db)):
    return f"{Repo(db)}"


@app.get("/s-len")
def s_len(db: Session = Depends(get_db)):
    one(db)
    return len(store)


@app.get("/s-iter")
def s_iter(db: Session = Depends(get_db)):
    one(db)
    return [x for x in store]


@app.get("/s-item")
def s_item(db: Session = Depends(get_db)):
    one(db)
    return store["k"]


@app.get("/s-set")
def s_set(db: Session = Depends(get_db)):
    one(db)
    store["k"] = 1
    return 1


@app.get("/s-in")
def s_in(db: Session = Depends(get_db)):
    one(db)
    return "a" in store


@app.get("/s-bool")
def s_bool(db: Session = Depends(get_db)):
    one(db)
    if store:
        return 1
    return 2


@app.get("/s-str")
def s_str(db: Session = Depends(get_db)):
    one(db)
    return str(store)


@app.get("/s-fstr")
def s_fstr(db: Session = Depends(get_db)):
    one(db)
    return f"{store}"


@app.get("/s-eq")
def s_eq(db: Session = Depends(get_db)):
    one(db)
    return store == 1


@app.get("/s-add")
def s_add(db: Session = Depends(get_db)):
    one(db)
    return store + 1
"""
READ = ("picture", "pictures", "picture-made")
OVER_SESSIONS = ("r-len", "r-iter", "r-item", "r-in", "r-bool", "r-str")
OVER_OTHERS = ("s-len", "s-iter", "s-item", "s-set", "s-in", "s-bool", "s-str", "s-fstr", "s-eq", "s-add")


def test_what_runs_them_stays(tmp_path: Path) -> None:
    root = write_service(tmp_path, {"app/main.py": SERVICE}, basic=False)
    paths = [*READ, *OVER_SESSIONS, *OVER_OTHERS]
    requests = [("POST", "/seed", None), *(("GET", f"/{path}", None) for path in (*paths, "plain"))]
    before = answers(root, requests)
    result = converted(root)
    assert answers(root, requests) == before
    assert {status for status, _ in before["answers"]} == {200}
    assert {item for item, outcome in outcomes(result).items() if outcome != "left"} == {"POST /seed", "GET /plain"}
    assert all("implicit-call" in rules(route(result, "GET", f"/{path}")) for path in (*READ, *OVER_OTHERS))
