"""A lifespan that works on what routes share, over an engine that is made as the service starts."""

from __future__ import annotations

from pathlib import Path

from ..pipeline_tools import answers, converted, outcomes, write_service  # noqa: TID252

DATABASE = """
from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker

_engine: Engine | None = None
_factory: sessionmaker[Session] | None = None


class Base(DeclarativeBase):
    pass


def start() -> None:
    global _engine, _factory
    _engine = create_engine("sqlite:///./app.db", connect_args={"check_same_thread": False})
    _factory = sessionmaker(bind=_engine, autoflush=False)
    Base.metadata.create_all(_engine)


def get_factory() -> sessionmaker[Session]:
    if _factory is None:
        raise RuntimeError("not started")
    return _factory


def stop() -> None:
    global _engine, _factory
    if _engine is not None:
        _engine.dispose()
        _engine = None
        _factory = None


def get_db():
    db = get_factory()()
    try:
        yield db
    finally:
        db.close()
"""
MODELS = """
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base


class Item(Base):
    __tablename__ = "items"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
"""
MAIN = """
from contextlib import asynccontextmanager

from fastapi import Depends, FastAPI
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.database import get_db, get_factory, start, stop
from app.models import Item


class Items:
    def __init__(self, db: Session) -> None:
        self.db = db

    def find(self, name: str) -> Item | None:
        return self.db.scalars(select(Item).where(Item.name == name)).one_or_none()

    def add(self, name: str) -> Item:
        item = Item(name=name)
        self.db.add(item)
        self.db.commit()
        return item


def first_item() -> None:
    factory = get_factory()
    db = factory()
    try:
        items = Items(db)
        if items.find("first") is None:
            items.add("first")
    finally:
        db.close()


@asynccontextmanager
async def lifespan(app: FastAPI):
    start()
    first_item()
    yield
    stop()


app = FastAPI(lifespan=lifespan)


@app.get("/items/{name}")
def find(name: str, db: Session = Depends(get_db)):
    found = Items(db).find(name)
    return found.id if found else None


@app.post("/items/{name}")
def add(name: str, db: Session = Depends(get_db)):
    return Items(db).add(name).id
"""
FILES = {"app/database.py": DATABASE, "app/models.py": MODELS, "app/main.py": MAIN}
REQUESTS = [("GET", "/items/first", None), ("POST", "/items/b", None), ("GET", "/items/b", None)]


def test_a_lifespan_moves_with_the_objects_that_it_shares(tmp_path: Path) -> None:
    root = write_service(tmp_path / "service", FILES, basic=False)
    before = answers(root, REQUESTS)
    result = converted(root)
    assert set(outcomes(result).values()) == {"native"}
    assert answers(root, REQUESTS) == before
    assert [body for _, body in before["answers"]] == [1, 2, 2]
    text = (root / "app/main.py").read_text()
    assert "    await first_item()" in text and "await dispose_async_engine()" in text
    assert "factory = get_async_factory()" in text and " get_factory" not in text


def test_a_lifespan_that_does_more_keeps_the_objects_sync(tmp_path: Path) -> None:
    main = MAIN.replace(
        "    items = Items(db)\n", "    items = Items(db)\n        db.enable_relationship_loading(Item())\n"
    )
    root = write_service(tmp_path / "service", {**FILES, "app/main.py": main}, basic=False)
    before = answers(root, REQUESTS)
    converted(root)
    original, _, copy = (root / "app/main.py").read_text().partition("class AsyncItems")
    assert "async def find(self" not in original and "async def find(self" in copy
    assert answers(root, REQUESTS) == before
