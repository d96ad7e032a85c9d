"""Calls whose types nobody tells: parts of models' fields and of decoded tokens, pools, expressions over columns."""

from __future__ import annotations

from pathlib import Path

from ..pipeline_tools import answers, app, converted, outcomes, route, rules, write_service  # noqa: TID252

MAIN = """
class Wish(BaseModel):
    config: dict[str, Any] = {}


class Note(Base):
    __tablename__ = "notes"
    id: Mapped[int] = mapped_column(primary_key=True)
    data: Mapped[dict[str, Any]] = mapped_column(JSON)


Base.metadata.create_all(engine)


def named(wish: Any) -> Any:
    return wish


@app.post("/notes")
def create(wish: Wish, db: Session = Depends(get_db)) -> str:
    note = Note(data=wish.config)
    db.add(note)
    db.commit()
    return note.data.get("a", {}).get("b", "") + wish.config.get("a", {}).get("c", "")


@app.get("/notes")
def notes(db: Session = Depends(get_db)) -> list[int]:
    query = select(Note.id).where(Note.data["a"]["b"].as_string().label("x").is_distinct_from("z"))
    return list(db.scalars(query).all())


@app.get("/pool")
def pool(db: Session = Depends(get_db)) -> int:
    return db.query(Item).count() + engine.pool.size() * 0


@app.post("/dump")
def dump(wish: Wish, db: Session = Depends(get_db)) -> dict[str, Any]:
    return {"count": db.query(Item).count(), **named(wish).model_dump()}
"""
IMPORTS = """
from typing import Any

from pydantic import BaseModel
from sqlalchemy import JSON, select
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, engine
"""
WISH = {"config": {"a": {"b": "x", "c": "y"}}}
REQUESTS = [("POST", "/notes", WISH), ("GET", "/notes", None), ("GET", "/pool", None), ("POST", "/dump", WISH)]
TOKENS = """
@app.get("/user")
def user(token: str, db: Session = Depends(get_db)) -> int:
    payload = jwt.decode(token, "k", algorithms=["HS256"])
    return db.query(Item).filter(Item.name == payload.get("sub")).count()
"""
OTHER = """
class Box:
    content: dict[str, Any] = {}


@app.get("/box")
def box(db: Session = Depends(get_db)) -> int:
    return db.query(Item).count() + Box().content.get("a").execute(db)
"""


def test_all_becomes_async_and_answers_as_before(tmp_path: Path) -> None:
    root = write_service(tmp_path / "service", app(MAIN, IMPORTS))
    before = answers(root, REQUESTS)
    result = converted(root)
    assert set(outcomes(result).values()) == {"native"}, result.plan.routes
    assert answers(root, REQUESTS) == before


def test_a_token_is_data_where_its_package_is_not_installed(tmp_path: Path) -> None:
    root = write_service(tmp_path / "service", app(TOKENS, "from nowhere import jwt\n"))
    assert "unresolved-call" in rules(route(converted(root), "GET", "/user"))
    empty = tmp_path / "env" / "lib" / "python3.11" / "site-packages"
    empty.mkdir(parents=True)
    (tmp_path / "env" / "bin").mkdir()
    root = write_service(tmp_path / "other", app(TOKENS, "import jwt\n"))
    assert outcomes(converted(root, python=tmp_path / "env")) == {"GET /user": "native"}


def test_what_another_class_holds_may_be_anything(tmp_path: Path) -> None:
    root = write_service(tmp_path / "service", app(OTHER, "from typing import Any"))
    assert "unresolved-call" in rules(route(converted(root), "GET", "/box"))
