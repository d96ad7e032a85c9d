"""`Session = sessionmaker(...)`, as SQLAlchemy's own pages name it, beside the class under another name."""

from __future__ import annotations

from pathlib import Path

from ..pipeline_tools import MODELS, SCHEMAS, answers, converted, outcomes, write_service  # noqa: TID252

DATABASE = """
from collections.abc import Generator

from sqlalchemy import create_engine
from sqlalchemy.orm import DeclarativeBase, sessionmaker
from sqlalchemy.orm import Session as OrmSession

engine = create_engine("sqlite:///./app.db", connect_args={"check_same_thread": False})
Session = sessionmaker(bind=engine)


class Base(DeclarativeBase):
    pass


def get_db() -> Generator[OrmSession]:
    with Session.begin() as session:
        yield session
"""
MAIN = """
from typing import Annotated, Any

from fastapi import Depends, FastAPI
from sqlalchemy import func, select
from sqlalchemy.dialects.sqlite import JSON
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.orm import Session as OrmSession

from app.database import Base, engine, get_db
from app.models import Item

app = FastAPI()


class Note(Base):
    __tablename__ = "notes"
    id: Mapped[int] = mapped_column(primary_key=True)
    data: Mapped[dict[str, Any]] = mapped_column(JSON)


Base.metadata.create_all(engine)


@app.post("/items/{name}")
def create(name: str, db: Annotated[OrmSession, Depends(get_db)]) -> int:
    item = Item(name=name)
    db.add_all([item, Note(data={"name": name})])
    db.flush()
    return item.id


@app.get("/items")
def items(db: Annotated[OrmSession, Depends(get_db)]) -> list[list[Any]]:
    query = select(func.count().over().label("total"), Item.name).order_by(Item.id)
    return [[total, name] for total, name in db.execute(query).all()]


@app.get("/notes")
def notes(db: Annotated[OrmSession, Depends(get_db)]) -> list[Any]:
    return list(db.scalars(select(Note.data).where(Note.data.op("->>")("$.name") == "a", Note.data.as_any_of())).all())
"""
REQUESTS = [("POST", "/items/a", None), ("POST", "/items/b", None), ("GET", "/items", None)]


def test_the_async_factory_has_not_the_name_of_the_class(tmp_path: Path) -> None:
    files = {"app/database.py": DATABASE, "app/models.py": MODELS, "app/schemas.py": SCHEMAS}
    root = write_service(tmp_path / "service", {**files, "app/main.py": MAIN}, basic=False)
    before = answers(root, REQUESTS)
    result = converted(root)
    assert set(outcomes(result).values()) == {"native"}, result.plan.routes
    assert "AsyncSessionLocal = async_sessionmaker(" in (root / "app/database.py").read_text()
    assert answers(root, REQUESTS) == before
