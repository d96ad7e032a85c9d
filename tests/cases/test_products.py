"""What an earlier step, or the project, left: twins are used again and finished, bridges go, others are left alone."""

from __future__ import annotations

from pathlib import Path

from awaitify.config import Settings
from awaitify.pipeline import plan_project

from ..pipeline_tools import DATABASE, MODELS, write_service  # noqa: TID252

SERVICE = """
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from app.models import Item


def count(db: Session, most: int) -> int:
    return db.query(Item).filter(Item.price < most).count()


async def count_async(db: AsyncSession, most: int) -> int:
    return await db.scalar(select(func.count()).select_from(select(Item).filter(Item.price < LIMIT).subquery()))


def names(db: Session) -> list[str]:
    return [item.name for item in db.query(Item).all()]
"""
MAIN = """
from fastapi import Depends, FastAPI
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import Session

from app import service
from app.database import get_db
from app.service import count_async

async_engine = create_async_engine("sqlite+aiosqlite:///./app.db")
AsyncSessionLocal = async_sessionmaker(async_engine, expire_on_commit=False)
app = FastAPI()


async def get_session():
    async with AsyncSessionLocal() as session:
        yield session


@app.get("/async")
async def first(db: AsyncSession = Depends(get_session)) -> list[object]:
    found = await count_async(db, 3)
    return [found, await db.run_sync(service.names), await db.run_sync(lambda s: service.names(db=s))]


@app.get("/sync")
def second(db: Session = Depends(get_db)) -> int:
    return service.count(db, 3)
"""
SCRIPT = """
from app.database import SessionLocal
from app.service import count

if __name__ == "__main__":
    with SessionLocal() as db:
        print(count(db, 1))
"""


def _converted(root: Path, limit: str = "most", **files: str) -> dict[str, str]:
    own = {"app/service.py": SERVICE.replace("LIMIT", limit), "app/main.py": MAIN}
    others = {f"app/{name}.py": text for name, text in files.items()}
    write_service(root, {"app/database.py": DATABASE, "app/models.py": MODELS, **own, **others}, basic=False)
    return {name: data.decode() for name, data in plan_project(root, Settings()).after.items()}


def test_a_twin_goes_with_the_last_sync_caller(tmp_path: Path) -> None:
    texts = _converted(tmp_path)
    assert "count_async" not in "".join(texts.values())
    assert texts["app/service.py"].count("async def count(db: AsyncSession, most: int)") == 1
    assert "from app.service import count\n" in texts["app/main.py"]
    assert "found = await count(db, 3)\n" in texts["app/main.py"]
    assert "return await service.count(db, 3)" in texts["app/main.py"]


def test_bridges_go_when_what_they_run_is_async(tmp_path: Path) -> None:
    text = _converted(tmp_path)["app/main.py"]
    assert "return [found, await service.names(db), await service.names(db=db)]" in text


def test_a_twin_is_used_again_while_something_sync_calls(tmp_path: Path) -> None:
    texts = _converted(tmp_path, script=SCRIPT)
    before = SERVICE.replace("LIMIT", "most").partition("def names")[0].lstrip("\n")
    assert texts["app/service.py"].startswith(before + "async def names(")
    assert "return await service.count_async(db, 3)" in texts["app/main.py"]


def test_another_function_of_a_twins_name_is_left_alone(tmp_path: Path) -> None:
    texts = _converted(tmp_path, limit="most + 1")
    assert "Item.price < most + 1" in texts["app/service.py"]
    assert "found = await count_async(db, 3)\n" in texts["app/main.py"]
    assert "return await service.count(db, 3)" in texts["app/main.py"]
