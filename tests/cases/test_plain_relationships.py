"""Relationships without annotations (`books = relationship("Book")`, backrefs): what they lead to is known."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..pipeline_tools import answers, app, contents, converted, outcomes, route, rules, write_service  # noqa: TID252

MODELS = """
from sqlalchemy import Column, ForeignKey, Integer, String
from sqlalchemy.orm import backref, relationship

from app.database import Base, engine


class Author(Base):
    __tablename__ = "authors"
    id = Column(Integer, primary_key=True)
    name = Column(String(50))
    books = relationship("Book", back_populates="author", order_by="Book.id")

    def full(self):
        return {"name": self.name, "books": [book.short() for book in self.books]}


class Book(Base):
    __tablename__ = "books"
    id = Column(Integer, primary_key=True)
    title = Column(String(50))
    author_id = Column(Integer, ForeignKey("authors.id"))
    author = relationship("Author", back_populates="books")
    shop_id = Column(Integer, ForeignKey("shops.id"))
    shop = relationship("Shop", backref=backref("stock", order_by=id))

    def short(self):
        return {"title": self.title, "author": self.author.name if self.author else None}


class Shop(Base):
    __tablename__ = "shops"
    id = Column(Integer, primary_key=True)  # the last one

    def shelf(self):
        return [book.short() for book in self.stock]


Base.metadata.create_all(engine)
"""
BODY = """
@app.post("/seed")
def seed(db: Session = Depends(get_db)) -> int:
    db.add_all([Author(id=1, name="a"), Shop(id=1)])
    db.flush()
    db.add_all([Book(id=n, title=f"t{n}", author_id=1, shop_id=1) for n in (1, 2)])
    db.commit()
    return 1


@app.get("/author")
def author(db: Session = Depends(get_db)):
    return db.query(Author).first().full()


@app.get("/shop")
def shop(db: Session = Depends(get_db)):
    return db.query(Shop).first().shelf()


@app.get("/book")
def book(db: Session = Depends(get_db)):
    return db.query(Book).order_by(Book.id.desc()).first().author.full()
"""


@pytest.mark.parametrize("is_open", [False, True])
def test_plain_relationships(tmp_path: Path, is_open: bool) -> None:
    models = MODELS
    if is_open:  # no object of a session goes to a thread
        unknown = '        unknown = vars(__import__("json"))["dumps"]\n        unknown(1)\n        return {"title"'
        models = models.replace('        return {"title"', unknown)
    body = app(BODY)["app/main.py"].replace("import Item", "import Author, Book, Shop")
    root = write_service(tmp_path, {"app/models.py": models, "app/main.py": body})
    requests = [("POST", "/seed", None), ("GET", "/author", None), ("GET", "/shop", None), ("GET", "/book", None)]
    before = answers(root, requests)
    result = converted(root)
    assert answers(root, requests) == before
    assert [status for status, _ in before["answers"]] == [200] * 4
    found = "left" if is_open else "native"
    assert {outcomes(result)[f"GET {path}"] for path in ("/author", "/shop", "/book")} == {found}
    assert b"to_thread" not in b"".join(contents(root)[name] for name in ("app/main.py", "app/models.py"))
    if is_open:
        assert "unresolved-call" in rules(route(result, "GET", "/author"))
