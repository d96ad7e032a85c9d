"""Validators, factories of defaults and rendering that wait: they run where an object is made, or in a flush."""

from __future__ import annotations

from pathlib import Path

from ..pipeline_tools import answers, converted, outcomes, route, rules, write_service  # noqa: TID252

SERVICE = """
import time
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, FastAPI
from fastapi.responses import JSONResponse
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator
from sqlalchemy import Column, Integer, String, create_engine
from sqlalchemy.orm import Session, declarative_base, sessionmaker

engine = create_engine("sqlite:///./app.db")
SessionLocal = sessionmaker(bind=engine, autoflush=False)
Base = declarative_base()


def slow(text="x"):
    time.sleep(0.002)
    return f"slow-{text}"


class Item(Base):
    __tablename__ = "items"
    id = Column(Integer, primary_key=True)
    name = Column(String)

    def __repr__(self):
        return f"Item({self.name})"


app = FastAPI()
Base.metadata.create_all(engine)


def get_db():
    db = SessionLocal()
    try:
        yield db
    finally:
        db.close()


class Checked(BaseModel):
    name: str

    @field_validator("name")
    @classmethod
    def check(cls, value):
        return slow(value)


class Whole(BaseModel):
    name: str

    @model_validator(mode="after")
    def check(self):
        self.__dict__["name"] = slow(self.name)
        return self


class Plain(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    name: str

    @field_validator("name")
    @classmethod
    def stripped(cls, value: str) -> str:
        return value.strip()


class Around(BaseModel):
    inner: Whole
    text: Annotated[str, AfterValidator(slow)] = "x"


class Val(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    name: str

    @field_validator("name")
    @classmethod
    def val(cls, value):
        return slow(value)


class Fact(BaseModel):
    name: str = Field(default_factory=slow)


@dataclass
class Data:
    name: str = field(default_factory=slow)


class Slow(JSONResponse):
    def render(self, content):
        time.sleep(0.002)
        return super().render(content)


def setup(db):
    if db.query(Item).count() == 0:
        db.add(Item(name="a"))
        db.commit()


def one(db):
    return db.query(Item).first()


@app.post("/seed")
def seed(db: Session = Depends(get_db)):
    setup(db)


@app.get("/made-checked")
def made_checked(db: Session = Depends(get_db)):
    return Checked(name=one(db).name)


@app.get("/made-whole")
def made_whole(db: Session = Depends(get_db)):
    return Whole.model_validate({"name": one(db).name})


@app.get("/response-validated", response_model=Val)
def response_validated(db: Session = Depends(get_db)):
    return one(db)


@app.get("/around")
def around(db: Session = Depends(get_db)):
    return Around.model_validate({"inner": {"name": one(db).name}})


class Maker:
    def __init__(self, schema):
        self.schema = schema

    def make(self, name):
        return self.schema.model_validate({"name": name})


@app.get("/by-variable")
def by_variable(db: Session = Depends(get_db)):
    return Maker(Checked).make(one(db).name)


@app.get("/plain", response_model=Plain)
def plain(db: Session = Depends(get_db)):
    return one(db)


@app.get("/response-list")
def response_list(db: Session = Depends(get_db)) -> list[Val]:
    return db.query(Item).all()


@app.get("/factory")
def factory(db: Session = Depends(get_db)):
    one(db)
    return Fact()


@app.get("/data")
def data(db: Session = Depends(get_db)):
    one(db)
    return Data().name


@app.get("/rendered")
def rendered(db: Session = Depends(get_db)):
    return Slow({"name": one(db).name})"""
MAKING = (
    "made-checked", "made-whole", "response-validated", "around", "response-list", "factory", "data", "rendered",
)  # fmt: skip
FLUSHED = """
import time

from fastapi import Depends, FastAPI
from sqlalchemy import Column, Integer, String, create_engine
from sqlalchemy.orm import Session, declarative_base, sessionmaker
from sqlalchemy.types import TypeDecorator

engine = create_engine("sqlite:///app.db")
SessionLocal = sessionmaker(bind=engine)
Base = declarative_base()


def slow():
    time.sleep(0.001)
    return "slow"

TYPE
class Slug(Base):
    __tablename__ = "slugs"
    id = Column(Integer, primary_key=True)
    name = Column(COLUMN)


app = FastAPI()
Base.metadata.create_all(engine)


def get_db():
    db = SessionLocal()
    try:
        yield db
    finally:
        db.close()


@app.post("/slugs")
def make(db: Session = Depends(get_db)):
    slug = Slug()
    db.add(slug)
    db.commit()
    return slug.name


@app.get("/slugs")
def count(db: Session = Depends(get_db)):
    return db.query(Slug).count()
"""
DECORATOR = """

class Secret(TypeDecorator):
    impl = String

    def process_bind_param(self, value, dialect):
        return slow()

"""


def test_what_makes_such_an_object_stays(tmp_path: Path) -> None:
    root = write_service(tmp_path, {"app/main.py": SERVICE}, basic=False)
    requests = [("POST", "/seed", None), *(("GET", f"/{path}", None) for path in (*MAKING, "plain", "by-variable"))]
    before = answers(root, requests)
    result = converted(root)
    assert answers(root, requests) == before
    assert {status for status, _ in before["answers"]} == {200}
    assert {item for item, outcome in outcomes(result).items() if outcome == "native"} == {
        "POST /seed",
        "GET /plain",
        "GET /by-variable",
    }
    assert "await asyncio.to_thread(Maker(Checked).make" in result.after["app/main.py"].decode()
    assert all("implicit-call" in rules(route(result, "GET", f"/{path}")) for path in MAKING)


def test_a_default_that_waits_keeps_what_flushes(tmp_path: Path) -> None:
    service = FLUSHED.replace("TYPE", "").replace("COLUMN", "String, default=slow")
    result = converted(write_service(tmp_path, {"app/main.py": service}, basic=False))
    assert outcomes(result) == {"POST /slugs": "left", "GET /slugs": "native"}


def test_a_type_that_waits_keeps_what_sends_statements(tmp_path: Path) -> None:
    service = FLUSHED.replace("TYPE", DECORATOR).replace("COLUMN", "Secret")
    result = converted(write_service(tmp_path, {"app/main.py": service}, basic=False))
    assert outcomes(result) == {"POST /slugs": "left", "GET /slugs": "left"}
    assert result.after == {}
