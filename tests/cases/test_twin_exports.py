"""A package that passes functions on passes their async twins on as well, and no longer than they are there."""

from __future__ import annotations

from pathlib import Path

from awaitify.config import Settings
from awaitify.pipeline import plan_project

from ..pipeline_tools import DATABASE, MODELS, answers, write_service  # noqa: TID252

CRUD = """
from fastapi import Depends
from sqlalchemy.orm import Session

from app.database import get_db
from app.models import Item


def count(db: Session) -> int:
    return db.query(Item).count()


def add(db: Session, name: str) -> int:
    db.add(Item(name=name))
    db.commit()
    return count(db)


def newest(db: Session = Depends(get_db)) -> str:
    item = db.query(Item).order_by(Item.id.desc()).first()
    return item.name if item else ""
"""
SERVICES = """
from .items import add, count, newest

__all__ = ["add", "count", "newest"]
"""
ITEMS = """
from ._crud import (
    add,
    count,
    newest,
)
"""
MAIN = """
from fastapi import Depends, FastAPI
from sqlalchemy.orm import Session

from app import services
from app.database import get_db
from app.services import count, newest

app = FastAPI()


@app.get("/count")
def counted(db: Session = Depends(get_db)) -> int:
    return count(db)


@app.post("/items/{name}")
def added(name: str, db: Session = Depends(get_db)) -> int:
    return services.add(db, name)


@app.get("/inside")
def inside(db: Session = Depends(get_db)) -> int:
    from app.services.items import count as counting

    return counting(db)


@app.get("/first")
def first(name: str = Depends(newest), db: Session = Depends(get_db)) -> str:
    return f"{name} of {count(db)}"


@app.get("/second")
def second(name: str = Depends(newest), db: Session = Depends(get_db)) -> str:
    return f"{name} is one of {count(db)}"
"""
SYNC = """
from app import services
from app.database import SessionLocal


def test_added() -> None:
    with SessionLocal() as db:
        assert [*map(lambda name: services.add(db, name), ["in a test"])] == [services.count(db)]
"""
REQUESTS = [("POST", "/items/a", None), ("GET", "/count", None), ("GET", "/inside", None)]
REQUESTS += [("GET", "/first", None), ("GET", "/second", None)]


def _write(root: Path) -> None:
    files = {"app/services/__init__.py": SERVICES, "app/services/items/__init__.py": ITEMS}
    files |= {"app/services/items/_crud.py": CRUD, "app/models.py": MODELS, "app/database.py": DATABASE}
    write_service(root, {**files, "app/main.py": MAIN, "tests/test_items.py": SYNC})


def _converted(root: Path) -> dict[str, str]:
    result = plan_project(root, Settings())
    for name, data in result.after.items():
        (root / name).write_bytes(data)
    assert {route.after for route in result.plan.routes} == {"async"}
    return {name: data.decode() for name, data in result.after.items()}


def test_packages_pass_twins_on(tmp_path: Path) -> None:
    _write(tmp_path)
    before = answers(tmp_path, REQUESTS)
    assert [status for status, _ in before["answers"]] == [200] * 5
    files = _converted(tmp_path)
    assert "from .items import add, add_async, count, count_async, newest" in files["app/services/__init__.py"]
    assert "count_async" in files["app/services/items/__init__.py"]
    assert answers(tmp_path, REQUESTS) == before
    assert plan_project(tmp_path, Settings()).after == {}


def test_they_go_with_the_twins(tmp_path: Path) -> None:
    _write(tmp_path)
    (tmp_path / "tests/test_items.py").unlink()
    before = answers(tmp_path, REQUESTS)
    first = plan_project(tmp_path, Settings(routes=("GET /first",)))
    for name, data in first.after.items():
        (tmp_path / name).write_bytes(data)
    assert "newest, newest_async" in (tmp_path / "app/services/__init__.py").read_text()
    assert answers(tmp_path, REQUESTS) == before
    _converted(tmp_path)
    assert answers(tmp_path, REQUESTS) == before
    assert (tmp_path / "app/services/__init__.py").read_text().strip() == SERVICES.strip()
    assert "_async" not in (tmp_path / "app/services/items/__init__.py").read_text()


def test_a_later_step_uses_what_is_passed_on_already(tmp_path: Path) -> None:
    _write(tmp_path)
    third = '\n\n@app.get("/third")\ndef third(name: str = Depends(newest)) -> str:\n    return name\n'
    (tmp_path / "app/main.py").write_text(MAIN + third)
    before = answers(tmp_path, REQUESTS)
    for route in ("GET /first", "GET /second"):
        for name, data in plan_project(tmp_path, Settings(routes=(route,))).after.items():
            (tmp_path / name).write_bytes(data)
    assert (tmp_path / "app/main.py").read_text().count("Depends(newest_async)") == 2
    assert (tmp_path / "app/services/__init__.py").read_text().count("newest_async") == 1
    assert answers(tmp_path, REQUESTS) == before
