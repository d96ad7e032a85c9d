"""Repositories that change and read their objects through a mapper: what the database computes is loaded again."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..pipeline_tools import MODELS, answers, converted, outcomes, write_service  # noqa: TID252

STAMPED = MODELS.replace("import ForeignKey, String", "import ForeignKey, String, func").replace(
    "    price: Mapped[int]",
    '    stamp: Mapped[int] = mapped_column(server_default="1", onupdate=func.length("abc"))\n    price: Mapped[int]',
)
REPO = """
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Item


@dataclass
class Thing:
    id: int
    name: str
    stamp: int = 0


class Mapper:
    def to_domain(self, orm: Item) -> Thing:
        return Thing(id=orm.id, name=orm.name, stamp=orm.stamp)

    def to_orm(self, thing: Thing, orm: Item | None = None) -> Item:
        if orm:
            orm.name = thing.name
            return orm
        return Item(name=thing.name)


class Repo:
    def __init__(self, db: Session) -> None:
        self.db = db
        self.mapper = Mapper()

    def save(self, thing: Thing) -> Thing:
        if thing.id == 0:
            orm = self.mapper.to_orm(thing)
            self.db.add(orm)
            self.db.commit()
            return self.mapper.to_domain(orm)
        existing = self.db.execute(select(Item).where(Item.id == thing.id)).scalar_one()
        self.mapper.to_orm(thing, existing)
        self.db.commit()
        return self.mapper.to_domain(existing)

    def fill(self, things: list[Thing]) -> None:
        self.db.bulk_save_objects([self.mapper.to_orm(thing) for thing in things])
        self.db.commit()
"""
READER = """
    def find{0}(self, name: str) -> Thing | None:
        found = self.db.execute(select(Item).where(Item.name == name)).scalar_one_or_none()
        others = self.db.execute(select(Item).where(Item.id > {0})).scalars().all()
        known = {{other.id: other for other in others}}
        return self.mapper.to_domain(found or known[1]) if found or known else None
"""
MAIN = """
from fastapi import Depends, FastAPI
from sqlalchemy.orm import Session

from app.database import get_db
from app.repo import Repo, Thing

app = FastAPI()


@app.post("/items/{id}/{name}")
def save(id: int, name: str, db: Session = Depends(get_db)):
    return Repo(db).save(Thing(id, name)).stamp


@app.post("/fill")
def fill(db: Session = Depends(get_db)):
    repo = Repo(db)
    repo.fill([Thing(0, "x"), Thing(0, "y")])
    return repo.save(Thing(2, "z")).stamp
"""
REQUESTS = [("POST", "/items/0/a", None), ("POST", "/items/1/b", None), ("POST", "/fill", None)]


@pytest.mark.parametrize("readers", [0, 40])
def test_what_an_update_leaves_to_the_database_is_loaded_again(tmp_path: Path, readers: int) -> None:
    """However many places hand their objects to the mapper."""
    repo = REPO + "".join(READER.format(number) for number in range(readers))
    finds = "".join(
        f'\n\n@app.get("/{number}/{{name}}")\ndef get{number}(name: str, db: Session = Depends(get_db)):\n'
        f"    return Repo(db).find{number}(name)\n"
        for number in range(readers)
    )
    files = {"app/models.py": STAMPED, "app/repo.py": repo, "app/main.py": MAIN + finds}
    root = write_service(tmp_path / "service", files)
    before = answers(root, REQUESTS)
    result = converted(root)
    assert outcomes(result)["POST /items/{id}/{name}"] == outcomes(result)["POST /fill"] == "native"
    assert answers(root, REQUESTS) == before
    assert [body for _, body in before["answers"]] == [1, 3, 3]
    text = (root / "app/repo.py").read_text()
    assert 'refresh(existing, attribute_names=["stamp"])' in text
    assert "await self.db.run_sync(" in text


def test_a_bulk_method_over_something_that_waits_stays(tmp_path: Path) -> None:
    repo = REPO.replace("[self.mapper.to_orm(thing) for thing in things]", "[self.made(thing) for thing in things]")
    repo += """
    def made(self, thing: Thing) -> Item:
        self.db.execute(select(Item))
        return self.mapper.to_orm(thing)
"""
    root = write_service(tmp_path / "service", {"app/models.py": STAMPED, "app/repo.py": repo, "app/main.py": MAIN})
    before = answers(root, REQUESTS)
    result = converted(root)
    assert outcomes(result)["POST /fill"] == "left"
    assert answers(root, REQUESTS) == before


ALIASED = """
from fastapi import Depends, FastAPI
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.database import get_db
from app.models import Item as ItemORM, Tag as TagORM

app = FastAPI()


@app.post("/items/{name}")
def add(name: str, db: Session = Depends(get_db)):
    item = ItemORM(name=name, tags=[TagORM(label="x"), TagORM(label="y")])
    db.add(item)
    db.commit()
    return item.id


@app.get("/labels/{limit}")
def labels(limit: int, db: Session = Depends(get_db)):
    stmt = select(ItemORM).options(joinedload(ItemORM.tags))
    if limit:
        stmt = stmt.limit(limit)
    rows = db.execute(stmt).unique().scalars().all()
    return [(row.id, [tag.label for tag in row.tags]) for row in rows]
"""


def test_an_option_under_another_name_of_the_class_is_the_same(tmp_path: Path) -> None:
    models = MODELS.replace("mapped_column\n", "mapped_column, relationship\n").replace(
        "    price: Mapped[int]", '    tags: Mapped[list["Tag"]] = relationship()\n    price: Mapped[int]'
    )
    root = write_service(tmp_path / "service", {"app/models.py": models, "app/main.py": ALIASED})
    requests = [("POST", "/items/a", None), ("GET", "/labels/0", None), ("GET", "/labels/5", None)]
    before = answers(root, requests)
    result = converted(root)
    assert set(outcomes(result).values()) == {"native"}
    assert answers(root, requests) == before
    assert "selectinload" not in (root / "app/main.py").read_text()
