"""A function that makes an engine and the factory of its sessions, and returns both."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..pipeline_tools import answers, converted, outcomes, write_service  # noqa: TID252

DATABASE = """
from sqlalchemy import create_engine
from sqlalchemy.orm import sessionmaker


def get_url():
    return "sqlite:///pair.db"


def make():
    url = get_url()
    connect_args = {}
    if "sqlite://" in url:
        connect_args = {"check_same_thread": False}
    engine = create_engine(url, connect_args=connect_args)
    factory = sessionmaker(autocommit=False, autoflush=False, bind=engine)
    return engine, factory


def get_db():
    _, factory = make()
    db = factory()
    try:
        yield db
    finally:
        db.close()


def check():
    engine, _ = make()
    with engine.connect() as connection:
        return connection.dialect.name
"""
TYPED = (
    DATABASE.replace("def make():", "def make() -> tuple[Engine, sessionmaker[Session]]:")
    .replace("import create_engine", "import Engine, create_engine")
    .replace("import sessionmaker", "import Session, sessionmaker")
)
SINGLE = """
from sqlalchemy import create_engine
from sqlalchemy.orm import sessionmaker


def make():
    engine = create_engine("sqlite:///single.db")
    factory = sessionmaker(bind=engine)
    return factory


def get_db():
    factory = make()
    db = factory()
    try:
        yield db
    finally:
        db.close()


def check():
    return make()
"""
MAIN = """
from fastapi import Depends, FastAPI
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.database import check, get_db

app = FastAPI()


@app.get("/one")
def one(db: Session = Depends(get_db)):
    return {"one": db.execute(text("SELECT 1")).scalar()}


if __name__ == "__main__":
    print(check())
"""
REQUESTS = [("GET", "/one", None), ("GET", "/one", None)]


@pytest.mark.parametrize("database", [DATABASE, TYPED], ids=["plain", "typed"])
def test_the_copy_returns_the_async_pair(tmp_path: Path, database: str) -> None:
    root = write_service(tmp_path, {"app/main.py": MAIN, "app/database.py": database}, basic=False)
    before = answers(root, REQUESTS)
    assert [status for status, _ in before["answers"]] == [200, 200]
    result = converted(root)
    assert outcomes(result) == {"GET /one": "native"}
    text = result.after["app/database.py"].decode()
    assert "_, factory = async_make()" in text and "engine, _ = make()" in text
    assert "create_async_engine(" in text and "return engine, factory" in text
    assert answers(root, REQUESTS) == before and not converted(root).after


def test_a_factory_that_a_variable_held(tmp_path: Path) -> None:
    root = write_service(tmp_path, {"app/main.py": MAIN, "app/database.py": SINGLE}, basic=False)
    before = answers(root, REQUESTS)
    assert outcomes(converted(root)) == {"GET /one": "native"}
    assert answers(root, REQUESTS) == before
