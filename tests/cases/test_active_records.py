"""Mixins whose methods give objects of the class that they are called on: `Item.find(db, key)`, `Item.all(db)`."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..pipeline_tools import answers, app, converted, outcomes, write_service  # noqa: TID252

MODELS = """
from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import Base, engine


class ActiveRecord:
    @classmethod
    def find(cls, db, key):
        return db.get(cls, key)

    @classmethod
    def named(cls, db, name):
        found = db.query(cls).filter(cls.name == name).first()
        return found

    @classmethod
    def all(cls, db):
        return db.query(cls).order_by(cls.id).all()

    @classmethod
    def chosen(cls, db):
        return db.execute(select(cls).order_by(cls.id)).scalars().all()

    @classmethod
    def made(cls, **values):
        return cls(**values)

    def renamed(self, name):
        self.name = name
        return self

    def save(self, db):
        db.add(self)
        db.commit()
        return self

    def delete(self, db):
        db.delete(self)
        db.commit()


class Item(ActiveRecord, Base):
    __tablename__ = "items"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    tags: Mapped[list["Tag"]] = relationship(back_populates="item"EAGER)


class Tag(ActiveRecord, Base):
    __tablename__ = "tags"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    item_id: Mapped[int] = mapped_column(ForeignKey("items.id"))
    item: Mapped[Item] = relationship(back_populates="tags")


Base.metadata.create_all(engine)
"""
IMPORTS = "from pydantic import BaseModel, ConfigDict\n\nfrom app.models import Tag"
BODY = """
class TagOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    name: str


class ItemOut(TagOut):
    tags: list[TagOut]


@app.post("/items/{name}")
def create(name: str, db: Session = Depends(get_db)):
    item = Item.made(name=name).save(db)
    Tag.made(name="t", item_id=item.id).save(db)
    return item.id


READ
"""
READS = {
    "find": '@app.get("/read")\ndef read(db: Session = Depends(get_db)):\n    item = Item.find(db, 1)\n'
    "    return [tag.name for tag in item.tags]",
    "one at once": '@app.get("/read")\ndef read(db: Session = Depends(get_db)):\n    return Tag.find(db, 1).item.name',
    "a local name": '@app.get("/read")\ndef read(db: Session = Depends(get_db)):\n'
    '    return len(Item.named(db, "a").tags)',
    "all": '@app.get("/read", response_model=list[ItemOut])\ndef read(db: Session = Depends(get_db)):\n'
    "    return Item.all(db)",
    "select": '@app.get("/read")\ndef read(db: Session = Depends(get_db)):\n'
    "    return {item.name: len(item.tags) for item in Item.chosen(db)}",
    "methods of what is found": '@app.get("/read")\ndef read(db: Session = Depends(get_db)):\n'
    '    Tag.find(db, 1).delete(db)\n    return Item.find(db, 1).renamed("z").save(db).name',
}
REQUESTS = [("POST", "/items/a", None), ("POST", "/items/b", None), ("GET", "/read", None)]


@pytest.mark.parametrize("read", READS)
def test_what_a_mixin_finds_has_the_class_that_is_asked(read: str, tmp_path: Path) -> None:
    files = {"app/models.py": MODELS.replace("EAGER", ""), **app(BODY.replace("READ", READS[read]), IMPORTS)}
    root = write_service(tmp_path, files)
    before = answers(root, REQUESTS)
    assert [status for status, _ in before["answers"]] == [200] * 3
    assert outcomes(converted(root)) == {"POST /items/{name}": "native", "GET /read": "native"}
    assert answers(root, REQUESTS) == before
    assert not converted(root).after


UNNAMED = """
@app.post("/new/{name}", response_model=ItemOut)
def new(name: str, db: Session = Depends(get_db)):
    return Item(name=name).save(db)
"""


def test_a_mapping_that_loads_early_has_loaded_nothing_for_a_new_object(tmp_path: Path) -> None:
    models = MODELS.replace("EAGER", ', lazy="selectin"')
    root = write_service(tmp_path, {"app/models.py": models, **app(BODY.replace("READ", UNNAMED.strip()), IMPORTS)})
    requests = [("POST", "/new/a", None), ("POST", "/items/b", None)]
    before = answers(root, requests)
    assert [status for status, _ in before["answers"]] == [200] * 2
    converted(root)
    assert answers(root, requests) == before


#: `Tag.item` loads an item without its tags, as `Item.tags` would come back to the class of tags.
BOTH_WAYS = """
@app.get("/items", response_model=list[ItemOut])
def everything(db: Session = Depends(get_db)):
    return Item.all(db)


@app.get("/tags/{key}")
def one(key: int, db: Session = Depends(get_db)):
    return Tag.find(db, key).item.name


@app.get("/both/{key}")
def both(key: int, db: Session = Depends(get_db)):
    tag = Tag.find(db, key)
    return [tag.name, len(Item.find(db, tag.item_id).tags)]
"""


def test_relationships_in_each_others_way_are_not_both_loaded_early(tmp_path: Path) -> None:
    models = MODELS.replace("EAGER", "")
    root = write_service(tmp_path, {"app/models.py": models, **app(BODY.replace("READ", BOTH_WAYS.strip()), IMPORTS)})
    requests = [*REQUESTS[:2], ("GET", "/items", None), ("GET", "/tags/1", None), ("GET", "/both/2", None)]
    before = answers(root, requests)
    assert [status for status, _ in before["answers"]] == [200] * 5
    found = outcomes(converted(root))
    assert list(found.values()).count("left") <= 1
    assert answers(root, requests) == before
    assert not converted(root).after
