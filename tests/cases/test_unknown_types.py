"""Where the checker knows no type: what a variable is assigned, and what only SQL expressions have, still tell."""

from __future__ import annotations

from pathlib import Path

from ..pipeline_tools import DATABASE, answers, app, converted, outcomes, route, rules, write_service  # noqa: TID252

CONFIG = """
class Settings:
    url: int | str | None = "sqlite:///./app.db"


settings = Settings()
"""
UNTYPED = DATABASE.replace('"sqlite:///./app.db"', "settings.url").replace(
    "from sqlalchemy import", "from app.config import settings\nfrom sqlalchemy import", 1
)
MAIN = """
Pair = namedtuple("Pair", ["first", "last"])


def among(column, names):
    return column.in_(names)


def ends(db: Session = Depends(get_db)):
    names = sorted(item.name for item in db.query(Item).all())
    return Pair(names[0], names[-1])


@app.post("/items/{name}")
def create(name: str, db: Session = Depends(get_db)) -> int:
    item = Item(name=name)
    db.add(item)
    db.commit()
    return item.id


@app.get("/ends")
def read_ends(pair=Depends(ends)) -> list[str]:
    return [pair.first, pair.last]


@app.get("/among")
def read_among(db: Session = Depends(get_db)) -> list[str]:
    return [item.name for item in db.query(Item).filter(among(Item.name, ["a", "c"])).order_by(Item.id)]
"""
REQUESTS = [(method, path, None) for method, path in (
    ("POST", "/items/a"), ("POST", "/items/b"), ("POST", "/items/c"), ("GET", "/ends"), ("GET", "/among"),
)]  # fmt: skip


def test_all_becomes_async_and_answers_as_before(tmp_path: Path) -> None:
    files = {**app(MAIN, "from collections import namedtuple"), "app/database.py": UNTYPED, "app/config.py": CONFIG}
    root = write_service(tmp_path / "service", files)
    before = answers(root, REQUESTS)
    result = converted(root)
    assert set(outcomes(result).values()) == {"native"}, result.plan.routes
    assert answers(root, REQUESTS) == before
    assert before["answers"][3:] == [[200, ["a", "c"]], [200, ["a", "c"]]]


RELATED = """
from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import Base, engine


class Owner(Base):
    __tablename__ = "owners"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


class Item(Base):
    __tablename__ = "items"
    id: Mapped[int] = mapped_column(primary_key=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey("owners.id"))
    owner: Mapped[Owner] = relationship()


Base.metadata.create_all(engine)
"""
PAIRED = """
Pair = namedtuple("Pair", ["item", "count"])


def paired(db: Session = Depends(get_db)):
    return Pair(db.query(Item).first(), db.query(Item).count())


@app.get("/owner")
def read_owner(pair: Annotated[Pair, Depends(paired)]) -> str:
    return pair.item.owner.name


@app.get("/count")
def read_count(pair: Annotated[Pair, Depends(paired)]) -> int:
    return pair.count
"""


def test_what_a_named_tuple_holds_may_load_lazily(tmp_path: Path) -> None:
    files = {
        **app(PAIRED, "from collections import namedtuple\nfrom typing import Annotated"),
        "app/models.py": RELATED,
    }
    result = converted(write_service(tmp_path / "service", files))
    assert outcomes(result) == {"GET /owner": "left", "GET /count": "native"}
    assert rules(route(result, "GET", "/owner")) == {"lazy-load"}


LOGGED = """
log = vendorlogs.get(__name__)
ItemId = NewType("ItemId", int)


def progress(names):
    bar = vendorlogs.bar(total=len(names))
    for name in names:
        bar.update(len(name))
    bar.close()


@app.get("/logged")
def logged(db: Session = Depends(get_db)) -> int:
    names = [item.name for item in db.query(Item).all()]
    log.bind(names=names).error("read")
    progress(names)
    return ItemId(len(names))


@app.get("/flushed")
def flushed(db: Session = Depends(get_db)) -> int:
    log.flush()
    return db.query(Item).count()
"""
VENDOR = """
library = "logs of a vendor"
[[rule]]
kind = "harmless"
values = true
calls = ["vendorlogs.*"]
[[rule]]
kind = "blocks"
calls = ["vendorlogs.flush"]
"""


def test_loggers_without_a_type_are_told_by_where_they_come_from(tmp_path: Path) -> None:
    vendor = """
    class _Any:
        def __getattr__(self, name):
            return lambda *args, **kwargs: self

    def __getattr__(name):
        return lambda *args, **kwargs: _Any()
    """
    files = {**app(LOGGED, "from typing import NewType\n\nimport vendorlogs"), "vendorlogs/__init__.py": vendor}
    root = write_service(tmp_path / "service", files)
    (tmp_path / "rules.toml").write_text(VENDOR)
    before = answers(root, [("GET", "/logged", None)])
    (root / "vendorlogs").rename(tmp_path / "vendorlogs")  # as a package that is not installed
    result = converted(root, rules=(tmp_path / "rules.toml",))
    (tmp_path / "vendorlogs").rename(root / "vendorlogs")
    assert outcomes(result) == {"GET /logged": "native", "GET /flushed": "left"}
    assert answers(root, [("GET", "/logged", None)]) == before
    assert before["answers"] == [[200, 0]]
