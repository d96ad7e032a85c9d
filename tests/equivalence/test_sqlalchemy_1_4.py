"""The forms of queries on SQLAlchemy 1.4, which has no types of its own: converted, and run before and after."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from awaitify.pipeline import Result

from . import postgres
from .test_query_equivalence import MORE_STATEMENTS
from .tools import HERE, convert, run

DATABASE = """
from sqlalchemy import create_engine
from sqlalchemy.orm import sessionmaker

from app.models import Base

engine = create_engine("sqlite:///./app.db", connect_args={"check_same_thread": False})
SessionLocal = sessionmaker(bind=engine, autocommit=False, autoflush=False)


def get_db():
    db = SessionLocal()
    try:
        yield db
    finally:
        db.close()
"""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, untyped_python: str) -> tuple[Result, Path, Path]:
    text = (HERE / "service_forms.py").read_text()
    forms = {"forms": text.replace("import Row, ", "import ").replace("\n\n", "\nfrom sqlalchemy.engine import Row\n", 1)}
    settings: dict[str, Any] = {"python": Path(untyped_python).parent.parent}
    return convert(tmp_path_factory.mktemp("untyped"), forms, DATABASE, "service_models_untyped.py", **settings)


def check(service: tuple[Result, Path, Path], url: str, python: str) -> None:
    _, before, after = service
    old, new = run(before, url, python), run(after, url, python)
    differing = {name: (old[name], new[name]) for name in old if old[name] != new[name]}
    assert {name: (before[1], after[1]) for name, (before, after) in differing.items()} == MORE_STATEMENTS


def test_routes_are_async(service: tuple[Result, Path, Path]) -> None:
    result, _, after = service
    assert {item.path: item.reasons for item in result.plan.routes if item.after != "async"} == {}
    assert "class_=AsyncSession" in (after / "app/database.py").read_text()


def test_on_sqlite(service: tuple[Result, Path, Path], untyped_python: str, tmp_path: Path) -> None:
    check(service, f"sqlite:///{tmp_path}/rows.db", untyped_python)
