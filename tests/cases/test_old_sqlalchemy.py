"""SQLAlchemy before 1.4.24 has no async sessions, or not all that they need: routes stay, and the report says why.
Later releases of 1.4 are followed by the types of 2.0, whatever stubs are installed."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..pipeline_tools import app, converted, outcomes, route, write_service  # noqa: TID252

BODY = """
@app.post("/a")
def a(name: str, db: Session = Depends(get_db)):
    db.add(Item(name=name))
    db.commit()
    return {"n": db.query(Item).count()}
"""


def environment(root: Path, release: str) -> Path:
    """An environment with a SQLAlchemy that has no types, and with stubs that know little."""
    packages = root / "lib/python3.11/site-packages"
    for folder in ("sqlalchemy", "sqlalchemy-stubs", f"SQLAlchemy-{release}.dist-info"):
        (packages / folder).mkdir(parents=True)
    (packages / "sqlalchemy-stubs" / "__init__.pyi").write_text("def create_engine(url): ...\n")
    return root


@pytest.mark.parametrize("release", ["1.3.24", "1.4.23"])
def test_releases_without_async_sessions_are_refused(tmp_path: Path, release: str) -> None:
    root = write_service(tmp_path / "service", app(BODY))
    result = converted(root, python=environment(tmp_path / "environment", release))
    assert outcomes(result) == {"POST /a": "left"} and not result.after
    messages = [reason.message for reason in route(result, "POST", "/a").reasons]
    assert "async sessions need SQLAlchemy 1.4.24 or later: upgrade it first" in messages


def test_later_ones_get_a_factory_of_their_own(tmp_path: Path) -> None:
    root = write_service(tmp_path / "service", app(BODY))
    result = converted(root, python=environment(tmp_path / "environment", "1.4.54"))
    assert outcomes(result) == {"POST /a": "native"}
    code = (root / "app/database.py").read_text()
    assert (
        "sessionmaker(\n    bind=async_engine, autoflush=False, expire_on_commit=False, class_=AsyncSession\n)" in code
    )
    assert "async_sessionmaker" not in code
    assert converted(root, python=tmp_path / "environment").after == {}
