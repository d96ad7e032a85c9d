"""Bodies of services with many forms of queries, writes and lazy loads; every one has /seed, /a, /b and /c."""

from __future__ import annotations

from typing import Any

IMPORTS = """
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict
from sqlalchemy import desc, func, or_, select, text
from sqlalchemy.exc import IntegrityError

from app.models import Tag
"""
SEED = """
@app.post("/seed")
def seed(db: Session = Depends(get_db)):
    db.add_all([Item(name="a", price=3), Item(name="b", price=1), Item(name="c", price=3)])
    db.commit()
    db.add(Tag(item_id=1, label="x"))
    db.add(Tag(item_id=1, label="y"))
    db.commit()
    return {"n": db.query(Item).count()}


"""
REQUESTS: list[tuple[str, str, Any]] = [
    ("POST", "/seed", None), ("GET", "/a", None), ("GET", "/b", None), ("GET", "/a", None), ("GET", "/c", None),
]  # fmt: skip
QUERIES = """
@app.get("/a")
def a(limit: int = 2, name: str | None = None, db: Session = Depends(get_db)):
    query = db.query(Item)
    if name:
        query = query.filter(Item.name.like(f"%{name}%"))
    total = query.count()
    items = query.order_by(desc(Item.price), Item.id).offset(0).limit(limit).all()
    return {"total": total, "items": [i.name for i in items]}


@app.get("/b")
def b(db: Session = Depends(get_db)):
    rows = db.query(Item.price, func.count(Item.id)).group_by(Item.price).order_by(Item.price).all()
    first = db.query(Item, Tag).join(Tag, Tag.item_id == Item.id).first()
    ids = [row[0] for row in db.query(Item.id).filter(or_(Item.price == 1, Item.price == 3)).distinct()]
    exists = db.query(db.query(Item).filter(Item.price > 2).exists()).scalar()
    return {"rows": [list(r) for r in rows], "first": [first[0].name, first[1].label], "ids": ids, "exists": exists}


@app.get("/c")
def c(db: Session = Depends(get_db)):
    sub = db.query(Tag.item_id).subquery()
    items = db.query(Item).filter(Item.id.in_(select(sub.c.item_id))).all()
    one = db.query(Item).filter_by(name="a").one()
    nobody = db.query(Item).filter_by(name="zz").one_or_none()
    got = db.query(Item).get(2)
    last = db.query(func.max(Item.price)).scalar()
    raw = db.execute(text("select count(*) from tags")).scalar()
    mapped = db.execute(select(Item.name)).mappings().all()
    return [len(items), one.name, nobody, got.name, last, raw, [dict(m) for m in mapped]]
"""
WRITES = """
@app.get("/a")
def a(db: Session = Depends(get_db)):
    item = db.query(Item).first()
    item.price += 1
    db.commit()
    return {"name": item.name, "price": item.price}


@app.get("/b")
def b(db: Session = Depends(get_db)):
    n = db.query(Tag).filter(Tag.label == "x").delete(synchronize_session=False)
    k = db.query(Item).filter(Item.price < 2).update({Item.price: Item.price + 5}, synchronize_session="fetch")
    db.commit()
    try:
        db.add(Item(name="a"))
        db.commit()
    except IntegrityError:
        db.rollback()
        return {"n": n, "k": k, "dup": True}
    return {"n": n}


@app.get("/c")
def c(db: Session = Depends(get_db)):
    with db.begin_nested():
        db.add(Item(name="nested"))
    db.commit()
    for item in db.query(Item).order_by(Item.id):
        item.price = item.price * 2
    db.commit()
    for n, p in db.execute(select(Item.name, Item.price)):
        print(n, p)
    return [i.price for i in db.scalars(select(Item).order_by(Item.id)).all()]
"""
MAPPING = """
from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import Base, engine


class Item(Base):
    __tablename__ = "items"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(50), unique=True)
    price: Mapped[int] = mapped_column(default=0)
    tags: Mapped[list["Tag"]] = relationship(back_populates="item", cascade="all, delete-orphan", order_by="Tag.id")


class Tag(Base):
    __tablename__ = "tags"
    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("items.id"))
    label: Mapped[str]
    item: Mapped[Item] = relationship(back_populates="tags")


Base.metadata.create_all(engine)
"""
LAZY = """
class TagOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    label: str


class Out(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    name: str
    tags: list[TagOut]


@app.get("/a", response_model=list[Out])
def a(db: Session = Depends(get_db)):
    return db.query(Item).order_by(Item.id).all()


@app.get("/b")
def b(db: Session = Depends(get_db)):
    item = db.query(Item).filter(Item.name == "a").first()
    item.tags.append(Tag(label="z"))
    db.commit()
    return {"tags": [t.label for t in item.tags], "back": item.tags[0].item.name}


@app.get("/c")
def c(db: Session = Depends(get_db)):
    item = db.get(Item, 1)
    db.delete(item)
    db.commit()
    return {"n": db.query(Tag).count()}
"""
