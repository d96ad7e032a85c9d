"""A tree that distributes a library which awaitify knows."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import sqlmodel
from awaitify.config import Settings
from awaitify.pipeline import plan_project
from awaitify.project.own_library import own_library

MAIN = """
from fastapi import FastAPI
from sqlmodel import Field, Session, SQLModel, create_engine, select

engine = create_engine("sqlite:///rows.db")
app = FastAPI()


class Row(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)


@app.get("/rows")
def rows() -> list[int | None]:
    with Session(engine) as session:
        return [row.id for row in session.exec(select(Row)).all()]
"""


def test_its_own_package_is_the_library(tmp_path: Path) -> None:
    """Its sessions are the library's, and its code stays."""
    shutil.copytree(Path(sqlmodel.__file__).parent, tmp_path / "sqlmodel")
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "sqlmodel"\n')
    (tmp_path / "main.py").write_text(MAIN)
    result = plan_project(tmp_path, Settings(python=Path(sys.executable)))
    assert [item.after for item in result.plan.routes] == ["async"]
    assert b"await session.exec(select(Row))" in result.after["main.py"]
    assert not any(name.startswith("sqlmodel/") for name in result.after)


def test_a_folder_of_that_name_is_not_enough(tmp_path: Path) -> None:
    """Only what the project is called, in its own file, says so."""
    (tmp_path / "fastapi").mkdir()
    (tmp_path / "fastapi/__init__.py").touch()
    assert own_library(tmp_path) is None
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "service"\n')
    assert own_library(tmp_path) is None
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "FastAPI"\n')
    assert own_library(tmp_path) == tmp_path / "fastapi"
