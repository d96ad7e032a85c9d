"""A dependency that asks FastAPI for its engine, and makes the factory at its first call."""

from __future__ import annotations

from pathlib import Path

from ..pipeline_tools import answers, converted, outcomes, write_service  # noqa: TID252

DATABASE = """
import logging

from sqlalchemy import create_engine
from sqlalchemy.orm import sessionmaker

logger = logging.getLogger(__name__)
_engine = None
_Factory = None


def make_engine(settings):
    global _engine
    if _engine is None:
        try:
            _engine = create_engine(settings.url)
        except Exception as error:
            logger.error("no engine", extra={"error": str(error)})
            raise
    return _engine


def make_factory(engine):
    global _Factory
    if _Factory is None:
        try:
            _Factory = sessionmaker(autocommit=False, autoflush=False, bind=engine)
        except Exception as error:
            logger.error("no factory", extra={"error": str(error)})
            raise
    return _Factory
"""
DEPS = """
from typing import Annotated, Any

from fastapi import Depends
from sqlalchemy.orm import Session

import app.database as database
import app.settings as settings_module

SettingsDep = Annotated[settings_module.Settings, Depends(settings_module.get_settings)]


def engine_of(settings: SettingsDep):
    return database.make_engine(settings)


EngineDep = Annotated[Any, Depends(engine_of)]


def get_db(engine: EngineDep):
    factory = database.make_factory(engine)
    session = factory()
    try:
        yield session
    finally:
        session.close()


SessionDep = Annotated[Session, Depends(get_db)]
"""
SETTINGS = """
from functools import lru_cache


class Settings:
    url: str = "sqlite:///given.db"


@lru_cache
def get_settings() -> Settings:
    return Settings()
"""
MAIN = """
from fastapi import FastAPI
from sqlalchemy import text

from app.deps import SessionDep

app = FastAPI()


@app.get("/one")
def one(db: SessionDep):
    return {"one": db.execute(text("SELECT 1")).scalar()}
"""
REQUESTS = [("GET", "/one", None), ("GET", "/one", None)]


def test_the_copy_asks_for_the_async_engine(tmp_path: Path) -> None:
    files = {"app/main.py": MAIN, "app/database.py": DATABASE, "app/deps.py": DEPS, "app/settings.py": SETTINGS}
    root = write_service(tmp_path, files, basic=False)
    before = answers(root, REQUESTS)
    assert [status for status, _ in before["answers"]] == [200, 200]
    result = converted(root)
    assert outcomes(result) == {"GET /one": "native"}
    deps = result.after["app/deps.py"].decode()
    assert "def async_engine_of(settings: SettingsDep):" in deps and "app/settings.py" not in result.after
    assert "async def get_async_db(engine: Annotated[AsyncEngine, Depends(async_engine_of)]):" in deps
    assert answers(root, REQUESTS) == before and not converted(root).after
