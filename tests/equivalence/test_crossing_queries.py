"""Queries that cross functions: made by one, refined by another, executed by a third."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..pipeline_tools import answers, converted, outcomes, write_service  # noqa: TID252

CRUD = """
from sqlalchemy.orm import Query, Session

from app.models import Item, Tag


def cheap_items(db: Session):
    return db.query(Item).filter(Item.price < 2)


def joined(db: Session, label: str) -> Query:
    query = db.query(Item).join(Tag)
    if label:
        query = query.filter_by(label=label)
    return query.order_by(Item.id)


def names(session: Session) -> "Query[str]":
    return session.query(Item.name).order_by(Item.name)
"""
PAGING = """
from typing import Any

from sqlalchemy.orm import Query, Session


def apply_filters(query: Query, filters: dict[str, Any]) -> Query:
    # Equal to each value.
    for name, value in filters.items():
        query = query.filter_by(**{name: value})
    return query


def paginate(query, page: int, size: int = 10):
    total = query.count()
    items = query.offset((page - 1) * size).limit(size).all()
    return {"total": total, "items": items}


def count_of(query: Query) -> int:
    return query.order_by(None).count()


def search(db: Session, model, text: str, page: int = 1):
    query = db.query(model)
    if text:
        query = query.filter(model.name.contains(text))
    return paginate(query.order_by(model.id), page)
"""
REPOSITORY = """
from typing import Generic, TypeVar

from sqlalchemy.orm import Session

from app.models import Item, Tag

Model = TypeVar("Model")


class Repository(Generic[Model]):
    model: type[Model]

    def __init__(self, db: Session):
        self.db = db

    def query(self):
        return self.db.query(self.model)

    def all(self) -> list[Model]:
        return self.query().order_by(self.model.id).all()


class ItemRepository(Repository[Item]):
    model = Item

    def by_name(self, name: str):
        return self.query().filter_by(name=name).first()

    def cheap(self):
        return self.query().filter(self.model.price < 2)


class TagRepository(Repository[Tag]):
    model = Tag
"""
MAIN = """
from fastapi import Depends, FastAPI
from sqlalchemy.orm import Query, Session

from app import crud
from app.database import get_db
from app.models import Item, Tag
from app.paging import apply_filters, count_of, paginate, search
from app.repository import ItemRepository, TagRepository

app = FastAPI()


@app.post("/fill")
def fill(db: Session = Depends(get_db)):
    for number in range(5):
        db.add(Item(name=f"n{number}", price=number % 3))
    db.flush()
    db.add_all([Tag(item_id=1, label="a"), Tag(item_id=1, label="b"), Tag(item_id=2, label="a")])
    db.commit()


@app.get("/base")
def base(db: Session = Depends(get_db)):
    return [item.name for item in crud.cheap_items(db).order_by(Item.id).all()]


@app.get("/base/iterated")
def base_iterated(db: Session = Depends(get_db)):
    return [item.name for item in crud.cheap_items(db)]


@app.get("/annotated")
def annotated(db: Session = Depends(get_db)):
    return [item.id for item in crud.joined(db, "a")]


@app.get("/columns")
def columns(db: Session = Depends(get_db)):
    return [row.name for row in crud.names(db).all()]


@app.get("/page/{number}")
def page(number: int, db: Session = Depends(get_db)):
    query = db.query(Item).order_by(Item.id)
    query = apply_filters(query, {"price": 1})
    result = paginate(query, number, size=2)
    return {"total": result["total"], "names": [item.name for item in result["items"]]}


@app.get("/search")
def searched(text: str = "n", db: Session = Depends(get_db)):
    result = search(db, Item, text)
    return {"total": result["total"], "names": [item.name for item in result["items"]]}


@app.get("/tags")
def tags(db: Session = Depends(get_db)):
    query = db.query(Tag)
    total = count_of(query)
    return {"total": total, "page": len(paginate(query, 1)["items"])}


@app.get("/repository")
def repository(db: Session = Depends(get_db)):
    items = ItemRepository(db)
    return {"all": [item.name for item in items.all()], "one": items.by_name("n1").id, "cheap": items.cheap().count()}


@app.get("/repository/tags")
def repository_tags(db: Session = Depends(get_db)):
    return [tag.label for tag in TagRepository(db).all()]
"""
REQUESTS: list[tuple[str, str, Any]] = [
    ("POST", "/fill", None),
    ("GET", "/base", None),
    ("GET", "/base/iterated", None),
    ("GET", "/annotated", None),
    ("GET", "/columns", None),
    ("GET", "/page/1", None),
    ("GET", "/search", None),
    ("GET", "/tags", None),
    ("GET", "/repository", None),
    ("GET", "/repository/tags", None),
]


def test_queries_that_functions_hand_to_each_other(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "app/main.py": MAIN, "app/crud.py": CRUD, "app/paging.py": PAGING, "app/repository.py": REPOSITORY,
    }  # fmt: skip
    root = write_service(tmp_path / "s", files)
    before = answers(root, REQUESTS)
    assert [status for status, _ in before["answers"]] == [200] * len(REQUESTS)
    result = converted(root)
    assert set(outcomes(result).values()) == {"native"}
    assert answers(root, REQUESTS) == before
    crud, paging = (root / "app/crud.py").read_text(), (root / "app/paging.py").read_text()
    assert "def cheap_items(db: AsyncSession):\n    return select(Item)" in crud
    assert "def joined(db: AsyncSession, label: str) -> Select:" in crud
    assert "def names(session: AsyncSession) -> Select:" in crud
    assert "\ndef apply_filters(query: Select, filters: dict[str, Any]) -> Select:" in paging
    assert "async def paginate(db: AsyncSession, query, page: int" in paging
    assert "await paginate(db, query, number, size=2)" in (root / "app/main.py").read_text()
    assert "await self.db.scalar" in (root / "app/repository.py").read_text()
    assert converted(root).after == {}


LEFT = """
from fastapi import Depends, FastAPI
from sqlalchemy.orm import Session

from app.database import SessionLocal, get_db
from app.models import Item

app = FastAPI()


def cheap(db: Session):
    return db.query(Item).filter(Item.price < 2)


def nightly() -> int:
    with SessionLocal() as db:
        return cheap(db).count()


@app.get("/cheap")
def read_cheap(db: Session = Depends(get_db)):
    return cheap(db).count()


def dear(db: Session = Depends(get_db)):
    return db.query(Item).filter(Item.price > 2)


@app.get("/dear")
def read_dear(query=Depends(dear)):
    return query.count()


def build(db: Session):
    return db.query(Item)


BUILDERS = {"all": build}


@app.get("/built/{name}")
def read_built(name: str, db: Session = Depends(get_db)):
    return BUILDERS[name](db).count()


@app.get("/free")
def read_free(db: Session = Depends(get_db)):
    return db.query(Item).count()


if __name__ == "__main__":
    print(nightly())
"""


def test_a_query_that_something_sync_or_unknown_has_too_stays(tmp_path: Path) -> None:
    root = write_service(tmp_path / "s", {"app/main.py": LEFT})
    result = converted(root)
    found = outcomes(result)
    assert found.pop("GET /free") == "native"
    assert set(found.values()) == {"left"}
    code = (root / "app/main.py").read_text()
    assert code.count(".query(") == 3
