"""Where sessions and functions come from: aliases as defaults, unfilled parameters, imports inside functions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from awaitify.analysis.mapping.finding import find_mapping
from awaitify.project.index import build_index

from ..pipeline_tools import answers, app, converted, outcomes, route, rules, write_service  # noqa: TID252

ALIAS = """
SessionGiven = Depends(get_db)


@app.post("/items/{name}")
def create(name: str, db: Session = SessionGiven):
    item = Item(name=name)
    db.add(item)
    db.commit()
    return {"id": item.id}
"""
ALIAS_ELSEWHERE = (
    ALIAS
    + """

def later(make=SessionGiven):
    return make


@app.get("/kept")
def kept(db: Session = SessionGiven):
    return [row for row in db.connection().engine.raw_connection().execute("select 1")]
"""
)
UNFILLED = """
def session_of(name: str) -> Session:
    return SessionLocal()


@app.get("/items")
def items(db: Session = Depends(session_of("main"))):
    return [item.name for item in db.query(Item).all()]
"""
GUARD = """
def is_known(name: str) -> bool:
    with SessionLocal() as own:
        return next(iter(own.execute(text("select 1")).yield_per(1)), None) is not None


@app.get("/items/{name}")
def items(name: str, known: bool = Depends(is_known), db: Session = Depends(get_db)):
    return [item.name for item in db.query(Item).all()]
"""
LOCAL = {
    "app/main.py": """
from fastapi import Depends, FastAPI
from sqlalchemy.orm import Session

from app.database import get_db
from app.login import login

app = FastAPI()


@app.get("/login/{name}")
def read(name: str, db: Session = Depends(get_db)):
    return {"known": login(db, name)}
""",
    "app/login.py": """
from sqlalchemy.orm import Session


def secret(text: str) -> str:
    return text[::-1]


def login(db: Session, name: str) -> bool:
    from app.items import find
    return find(db, name) is not None
""",
    "app/items.py": """
from sqlalchemy.orm import Session

from app.login import secret
from app.models import Item


def find(db: Session, name: str) -> Item | None:
    return db.query(Item).filter(Item.name == secret(name)).first()
""",
    "tests/test_items.py": """
from app.database import SessionLocal
from app.items import find


def test_find():
    with SessionLocal() as db:
        assert [*map(lambda name: find(db, name), ["x"])] == [None]
""",
}
REEXPORTED = {
    "app/routes.py": """
from fastapi import APIRouter, Depends
from sqlalchemy.orm import Session

from app.database import get_db
from app.service import count

router = APIRouter()


@router.get("/count")
def read(db: Session = Depends(get_db)):
    return {"n": count(db)}
""",
    "app/service.py": """
from sqlalchemy.orm import Session

from app.models import Item
from app.routes import get_db


def count(db: Session) -> int:
    return db.query(Item).count()
""",
    "app/main.py": """
from fastapi import FastAPI

from app.routes import router

app = FastAPI()
app.include_router(router)
""",
}
DECODED = """
@app.get("/items")
def items(raw: str = "{}", db: Session = Depends(get_db)):
    data = json.loads(raw)
    name = data.get("name")
    return [item.name for item in db.query(Item).filter(Item.name == name).all()]
"""
NOT_DECODED = DECODED.replace("    name = data", "    if not data:\n        data = unknown(raw)\n    name = data")

UNREACHABLE = {
    "app/settings.py": 'FOLDER = "/tmp/somewhere"\n',
    "app/files.py": """
import os

from app import settings


def make(name: str) -> None:
    os.makedirs(f"{settings.FOLDER}/{name}", exist_ok=True)
""",
    "app/main.py": """
from fastapi import Depends, FastAPI
from sqlalchemy.orm import Session

from app import files
from app.database import get_db
from app.models import Item

app = FastAPI()


@app.get("/items")
def items(db: Session = Depends(get_db)):
    files.make("items")
    return db.query(Item).count()
""",
    "tests/test_files.py": """
from app import files, settings

OTHER = "/tmp/other"


def test_make(folder):
    assert settings.FOLDER == OTHER
    files.make("x")
""",
}
TWO_USERS = {
    "app/people.py": """
from sqlalchemy import ForeignKey
from sqlalchemy.orm import mapped_column, relationship

from app.database import Base, engine


class User(Base):
    __tablename__ = "users"
    id = mapped_column(primary_key=True)
    name = mapped_column()
    pets = relationship("Pet", back_populates="user")


class Pet(Base):
    __tablename__ = "pets"
    id = mapped_column(primary_key=True)
    user_id = mapped_column(ForeignKey("users.id"))
    user = relationship("User", back_populates="pets")
""",
    "app/schemas.py": """
from pydantic import BaseModel, ConfigDict


class Pet(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    id: int


class User(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    name: str
    pets: list[Pet]
""",
}


def _same(root: Path, files: dict[str, Any], requests: list[tuple[str, str, Any]]) -> str:
    write_service(root, files)
    before = answers(root, requests)
    converted(root)
    assert answers(root, requests) == before
    return (root / "app/main.py").read_text()


def test_alias_as_default_moves_with_its_users(tmp_path: Path) -> None:
    text = _same(tmp_path, app(ALIAS), [("POST", "/items/a", None), ("POST", "/items/a", None)])
    assert "SessionGiven = Depends(get_async_db)" in text
    assert "db: AsyncSession = SessionGiven" in text and "await db.commit()" in text


def test_alias_that_others_use_gets_a_twin(tmp_path: Path) -> None:
    text = _same(tmp_path, app(ALIAS_ELSEWHERE), [("POST", "/items/a", None)])
    assert "AsyncSessionGiven = Depends(get_async_db)" in text and "SessionGiven = Depends(get_db)" in text
    assert "db: AsyncSession = AsyncSessionGiven" in text and "make=SessionGiven" in text


def test_session_that_nothing_is_known_to_fill_is_left(tmp_path: Path) -> None:
    result = converted(write_service(tmp_path, app(UNFILLED)))
    assert outcomes(result)["GET /items"] == "left"
    assert "session-source" in rules(route(result, "GET", "/items"))


def test_dependency_with_a_session_of_its_own_holds_nobody_back(tmp_path: Path) -> None:
    result = converted(write_service(tmp_path, app(GUARD, "from sqlalchemy import text")))
    assert outcomes(result)["GET /items/{name}"] == "native"


def test_import_inside_a_function_stays_there(tmp_path: Path) -> None:
    _same(tmp_path, LOCAL, [("GET", "/login/a", None)])
    text = (tmp_path / "app/login.py").read_text()
    assert "    from app.items import find_async\n" in text and "\nfrom app.items" not in text
    assert "await find_async(db, name)" in text


def test_import_that_another_module_imports_from_there_stays(tmp_path: Path) -> None:
    _same(tmp_path, REEXPORTED, [("GET", "/count", None)])
    assert "get_db" in (tmp_path / "app/routes.py").read_text().replace("get_async_db", "").partition("Depends(")[0]


def test_what_a_decoder_gives_is_plain(tmp_path: Path) -> None:
    result = converted(write_service(tmp_path, app(DECODED, "import json")))
    assert outcomes(result)["GET /items"] == "native"


def test_what_is_bound_otherwise_too_is_not_plain(tmp_path: Path) -> None:
    result = converted(write_service(tmp_path, app(NOT_DECODED, "import json\nfrom elsewhere import unknown")))
    assert outcomes(result)["GET /items"] == "left"


def test_caller_in_code_that_is_unreachable_for_the_checker(tmp_path: Path) -> None:
    write_service(tmp_path, UNREACHABLE)
    result = converted(tmp_path)
    assert outcomes(result)["GET /items"] == "native"
    assert "await asyncio.to_thread(files.make" in (tmp_path / "app/main.py").read_text()
    assert "async" not in (tmp_path / "app/files.py").read_text()


def test_relationship_names_a_mapped_class_not_the_schema_of_that_name(tmp_path: Path) -> None:
    mapping = find_mapping(build_index(write_service(tmp_path, TWO_USERS)))
    assert mapping.classes["app.people.Pet"].relationships["user"].target == "app.people.User"
    assert mapping.classes["app.people.User"].relationships["pets"].uselist


def test_function_around_a_block_stands_apart(tmp_path: Path) -> None:
    body = 'name = "x.txt"\n    with open(name) as file:\n        text = file.read()\n    return text'
    files = app(f'@app.get("/text")\ndef read():\n    {body}')
    converted(write_service(tmp_path, files))
    assert '    name = "x.txt"\n\n    def run_blocking():\n' in (tmp_path / "app/main.py").read_text()
