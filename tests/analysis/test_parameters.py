"""Strings beside columns of another type get a cast where the driver compares by type."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from awaitify.analysis.loading.deciding import Asked, decide_loading

from .loading_tools import NoOracle, Service

MODELS = """
import uuid
from sqlalchemy import Column, DateTime, ForeignKey, Integer, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"
    id = Column(Integer, primary_key=True)
    key: Mapped[uuid.UUID] = mapped_column(unique=True)
    name = Column(String(20))


class Post(Base):
    __tablename__ = "posts"
    id: Mapped[int] = mapped_column(primary_key=True)
    author_id = Column(ForeignKey("users.id"))
    made = Column(DateTime)
"""
CODE = """
@router.get("/{key}")
def read(key, name: str, since: str, number: int, again: str | None, either: Union[int, str], db: Session):
    db.scalars(select(User).where(User.id == key, User.name == name))
    db.scalars(select(User).where(number == User.id, User.key != name))
    db.scalars(select(Post).where(Post.author_id == name).where(since < Post.made))
    db.query(Post).filter_by(author_id=name, id=number).first()
    db.scalars(select(User).where(User.id == again))
    db.scalars(select(Post).where(Post.author_id == either))
"""
CAST = [
    "User.id == cast(key, User.id.type), User.name == name",
    "number == User.id, User.key != cast(name, User.key.type)",
    "Post.author_id == cast(name, Post.author_id.type)",
    "cast(since, Post.made.type) < Post.made",
    "filter_by(author_id=cast(name, Post.author_id.type), id=number)",
    "User.id == cast(again, User.id.type)",
    "Post.author_id == cast(either, Post.author_id.type)",
]


@pytest.mark.parametrize("driver", ["psycopg", "asyncpg"])
def test_cast(tmp_path: Path, driver: str) -> None:
    service = Service(tmp_path, CODE, MODELS, head="from sqlalchemy import select\nfrom models import Post, User\n")
    decision = decide_loading(
        service.project, NoOracle(), Asked(service.converted, {"service.read": None}, driver=driver)
    )
    text = service.converted_text("service", decision)
    assert "cast" in text.splitlines()[0]
    for code in CAST:
        assert (code if driver == "psycopg" else re.sub(r"cast\((\w+)", r"cast(literal(\1)", code)) in text


def test_refused_when_it_may_be_none(tmp_path: Path) -> None:
    body = "def read(name: str | None, db: Session):\n    db.scalars(select(Post).where(Post.author_id == name))\n"
    service = Service(tmp_path, body, MODELS, head="from sqlalchemy import select\nfrom models import Post, User\n")
    decision = decide_loading(service.project, NoOracle(), Asked(service.converted, {}, driver="psycopg"))
    (reason,) = decision.refusals["service.read"]
    assert "is compared with a str, which psycopg refuses" in reason.message


SQL = "from sqlalchemy import Date, String, cast, extract, func, select\nfrom models import Post, User\n"


@pytest.mark.parametrize(
    "condition",
    [
        'extract("year", Post.made) == name', "name <= func.date(Post.made)",
        "func.date(Post.made).between(name, name)",
        'func.date_part("year", Post.made) == "2024"', "cast(Post.made, Date) == name", "func.count(Post.id) > name",
    ],
)  # fmt: skip
def test_what_sql_computes_takes_no_text(tmp_path: Path, condition: str) -> None:
    body = f"def read(name: str, db: Session):\n    db.scalars(select(Post).where({condition}))\n"
    service = Service(tmp_path, body, MODELS, head=SQL)
    decision = decide_loading(service.project, NoOracle(), Asked(service.converted, {}, driver="psycopg"))
    (reason,) = {item.message for item in decision.refusals["service.read"]}
    assert reason.endswith("is compared with a str, which psycopg refuses")
    assert "service.read" not in decide_loading(service.project, NoOracle(), Asked(service.converted, {})).refusals


@pytest.mark.parametrize(
    "condition",
    [
        "func.lower(User.name) == name", "cast(User.id, String) == name", "func.date(Post.made) == day",
        "func.date(Post.made) == func.date(Post.made)", 'extract("year", Post.made) == number', "age(number) == name",
    ],
)  # fmt: skip
def test_what_fits_is_left_alone(tmp_path: Path, condition: str) -> None:
    body = (
        f"def read(name: str, day: date, number: int, db: Session):\n    db.scalars(select(Post).where({condition}))\n"
    )
    service = Service(tmp_path, body, MODELS, head=SQL)
    decision = decide_loading(service.project, NoOracle(), Asked(service.converted, {}, driver="psycopg"))
    assert "service.read" not in decision.refusals


def test_loose_driver_needs_nothing(tmp_path: Path) -> None:
    service = Service(tmp_path, CODE, MODELS, head="from sqlalchemy import select\nfrom models import Post, User\n")
    assert decide_loading(service.project, NoOracle(), Asked(service.converted, {"service.read": None})).edits == {}


FILTERS = """
from datetime import date
from fastapi_filter.contrib.sqlalchemy import Filter
from sqlalchemy import select
from sqlalchemy.orm import Session
from models import Post, User


class Named(Filter):
    name: str | None = None
    name__ilike: str | None = None
    id__in: list[int] | None = None

    class Constants(Filter.Constants):
        model = User


class Since(Filter):
    made__gte: SINCE | None = None

    class Constants(Filter.Constants):
        model = Post


def posts(given: Since):
    return given.filter(select(Post))


def by_any(given: Filter):
    return given.filter(select(User))


def read_posts(given: Since, db: Session):
    return db.scalars(posts(given)).all()


def read_users(given: Named, db: Session):
    return db.scalars(given.filter(select(User))).all()


def read_any(given: Filter, db: Session):
    return db.scalars(by_any(given)).all()
"""


@pytest.mark.parametrize("kind", ["str", "date"])
def test_filters_that_compare_text_are_refused(tmp_path: Path, kind: str) -> None:
    head, _, body = FILTERS.replace("SINCE", kind).partition("\n\n\n")
    service = Service(tmp_path, body, MODELS, head=head)
    functions = [service.project.functions[f"service.{name}"] for name in ("read_posts", "read_users", "read_any")]
    decision = decide_loading(service.project, NoOracle(), Asked(functions, {}, driver="psycopg"))
    loose = decide_loading(service.project, NoOracle(), Asked(functions, {}))
    assert not loose.refusals and not decision.edits
    messages = {name: [reason.message for reason in reasons] for name, reasons in decision.refusals.items()}
    refused = "Since.made__gte compares Post.made (datetime) with a str, which psycopg refuses"
    assert messages == ({"service.read_posts": [refused]} if kind == "str" else {})


TOKENS = """
class Data(BaseModel):
    id: str | None = None
    number: int = 0


def decoded(token):
    data = Data(id=token)
    return data


def by_field(token: str, db: Session):
    token = decoded(token)
    return db.scalars(select(User).where(User.id == token.id, User.id != token.number)).first()


def by_claim(token: str, db: Session):
    payload = jwt.decode(token, "key")
    who = payload.get("sub")
    return db.scalars(select(User).where(User.id == who, User.name == payload["name"])).first()


def by_number(token: str, db: Session):
    payload = jwt.decode(token, "key")
    who = int(payload["sub"])
    return db.scalars(select(User).where(User.id == who)).first()
"""


@pytest.mark.parametrize("imported", ["import jwt", "from jose import jwt"])
def test_claims_of_tokens_and_fields_that_are_text(tmp_path: Path, imported: str) -> None:
    head = f"{imported}\nfrom pydantic import BaseModel\nfrom sqlalchemy import select\nfrom models import Post, User\n"
    service = Service(tmp_path, TOKENS, MODELS, head=head)
    functions = [service.project.functions[f"service.{name}"] for name in ("by_field", "by_claim", "by_number")]
    decision = decide_loading(service.project, NoOracle(), Asked(functions, {}, driver="asyncpg"))
    text = service.converted_text("service", decision)
    assert "User.id == cast(literal(token.id), User.id.type), User.id != token.number" in text
    assert 'User.id == cast(literal(who), User.id.type), User.name == payload["name"]' in text
    assert text.count("cast(literal(") == 2
    assert not decision.refusals
