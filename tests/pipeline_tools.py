"""Small services for the tests of the whole pipeline: written, converted, and run before and after."""

from __future__ import annotations

import json
from pathlib import Path
from textwrap import dedent
from typing import Any

from awaitify.config import Settings
from awaitify.pipeline import Result, plan_project
from awaitify.plan_model import RouteOutcome

from .fresh import run_fresh

RUNNER = """
import json, sys
from fastapi.testclient import TestClient
from app.main import app
answers = []
with TestClient(app, raise_server_exceptions=False) as client:
    for method, path, body in json.loads(sys.argv[1]):
        answer = client.request(method, path, json=body)
        is_json = "json" in answer.headers.get("content-type", "") and answer.content
        as_text = answer.status_code >= 500 or not is_json
        answers.append([answer.status_code, answer.text if as_text else answer.json()])
print(json.dumps({"answers": answers, "openapi": app.openapi()}))
"""
DATABASE = """
from sqlalchemy import create_engine
from sqlalchemy.orm import DeclarativeBase, sessionmaker

engine = create_engine("sqlite:///./app.db", connect_args={"check_same_thread": False})
SessionLocal = sessionmaker(bind=engine, autoflush=False)


class Base(DeclarativeBase):
    pass


def get_db():
    db = SessionLocal()
    try:
        yield db
    finally:
        db.close()
"""
MODELS = """
from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, engine


class Item(Base):
    __tablename__ = "items"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(50), unique=True)
    price: Mapped[int] = mapped_column(default=0)


class Tag(Base):
    __tablename__ = "tags"
    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("items.id"))
    label: Mapped[str]


Base.metadata.create_all(engine)
"""
#: Models that lead to each other, each with a name.
RELATED = """
from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import Base, engine


class Item(Base):
    __tablename__ = "items"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    tags: Mapped[list["Tag"]] = relationship(back_populates="item")


class Tag(Base):
    __tablename__ = "tags"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    item_id: Mapped[int] = mapped_column(ForeignKey("items.id"))
    item: Mapped[Item] = relationship(back_populates="tags")


Base.metadata.create_all(engine)
"""
SCHEMAS = """
from pydantic import BaseModel, ConfigDict


class ItemIn(BaseModel):
    name: str
    price: int = 0


class ItemOut(ItemIn):
    model_config = ConfigDict(from_attributes=True)
    id: int
"""
BASIC = {"app/database.py": DATABASE, "app/models.py": MODELS, "app/schemas.py": SCHEMAS}


def write_service(root: Path, files: dict[str, str | bytes], basic: bool = True) -> Path:
    """Writes a service (package `app`) under root. basic: with a database, the models Item, Tag and schemas."""
    root.mkdir(parents=True, exist_ok=True)
    for name, text in {"app/__init__.py": "", **(BASIC if basic else {}), **files}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else dedent(text).lstrip("\n").encode())
    return root


def app(body: str, imports: str = "") -> dict[str, str]:
    """A service of one file with the usual imports. body: flush left."""
    head = """
from fastapi import BackgroundTasks, Depends, FastAPI, HTTPException
from sqlalchemy.orm import Session

from app.database import SessionLocal, get_db
from app.models import Item
"""
    return {"app/main.py": f"{imports.strip()}\n{head}\napp = FastAPI()\n\n\n{body.strip()}\n".lstrip("\n")}


def converted(root: Path, **settings: Any) -> Result:
    """Plans the conversion and writes it. The plan alone must write nothing."""
    before = contents(root)
    result = plan_project(root, Settings(**settings))
    assert contents(root) == before
    for name, data in result.after.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)
    return result


def contents(root: Path) -> dict[str, bytes]:
    """The files of a tree, by path."""
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


def route(result: Result, method: str, path: str) -> RouteOutcome:
    """The outcome of the one route of this method and path."""
    (found,) = [item for item in result.plan.routes if (item.method, item.path) == (method, path)]
    return found


def outcomes(result: Result) -> dict[str, str]:
    """`GET /path` -> outcome."""
    return {f"{item.method} {item.path}": item.outcome for item in result.plan.routes}


def rules(outcome: RouteOutcome) -> set[str]:
    """The identifiers of the reasons."""
    return {reason.rule for reason in outcome.reasons}


def answers(root: Path, requests: list[tuple[str, str, Any]]) -> dict[str, Any]:
    """Runs the service in a new process over a new database; its status codes, bodies and OpenAPI document."""
    (root / "app.db").unlink(missing_ok=True)
    done = run_fresh(RUNNER, [json.dumps(requests)], root)
    (root / "app.db").unlink(missing_ok=True)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])
