"""Which database the URL of an engine names: read where the service makes it, never from what may be set outside."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..pipeline_tools import app, converted, write_service  # noqa: TID252

ROUTES = """
@app.get("/items")
def items(db: Session = Depends(get_db)):
    return db.query(Item).count()
"""
DATABASE = """
from sqlalchemy import create_engine
from sqlalchemy.orm import DeclarativeBase, sessionmaker

from app.config import settings, URL, url_of

engine = create_engine({})
SessionLocal = sessionmaker(engine)


class Base(DeclarativeBase):
    pass


def get_db():
    db = SessionLocal()
    try:
        yield db
    finally:
        db.close()
"""
CONFIG = """
import os

from pydantic import PostgresDsn, computed_field
from pydantic_settings import BaseSettings

URL = f"postgresql+psycopg://{os.environ['NAME']}@localhost/db"


class Settings(BaseSettings):
    host: str = "localhost"
    any_url: str = "postgresql://u@localhost/db"
    typed: PostgresDsn = "postgresql://u@localhost/db"

    @computed_field
    @property
    def built(self) -> PostgresDsn:
        return PostgresDsn.build(scheme="postgresql+psycopg", host=self.host)

    @property
    def written(self) -> str:
        url = f"postgresql+psycopg2://{self.host}/db"
        return url

    @property
    def either(self) -> str:
        if self.host == "test":
            return "sqlite:///test.db"
        return "postgresql://" + self.host


def url_of(host: str) -> PostgresDsn:
    return PostgresDsn(os.environ[host])


settings = Settings()
"""
SAME = "create_async_engine(engine.url)"
KNOWN = 'create_async_engine(engine.url.set(drivername="postgresql+psycopg"))'
SQLITE = 'create_async_engine(engine.url.set(drivername="sqlite+aiosqlite"),'
TABLE = "create_async_engine(engine.url.set(drivername=ASYNC_DRIVERS[engine.dialect.name]))"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("URL", SAME),
        ("str(settings.built)", SAME),
        ("settings.written", KNOWN),
        ("str(settings.typed)", KNOWN),
        ("str(url_of('x'))", KNOWN),
        ("settings.any_url", TABLE),
        ("settings.either", TABLE),
        ("settings.any_url, connect_args={'check_same_thread': False}", SQLITE),
        ("settings.any_url, connect_args={'check_same_thread': False} if settings.host else {}", TABLE),
    ],
)
def test_urls(tmp_path: Path, url: str, expected: str) -> None:
    files = {"app/database.py": DATABASE.format(url), "app/config.py": CONFIG, **app(ROUTES)}
    root = write_service(tmp_path, files)
    (root / "requirements.txt").write_text("fastapi\nsqlalchemy\npsycopg2-binary\n")
    converted(root)
    text = "".join((root / "app/database.py").read_text().split())
    assert "".join(expected.split()).removesuffix(")") in text
    assert ("aiosqlite" in (root / "requirements.txt").read_text()) is (expected in (TABLE, SQLITE))
