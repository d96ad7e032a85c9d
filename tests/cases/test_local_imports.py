"""Imports inside functions: modules that import each other need them there, so what takes their place stands there."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..pipeline_tools import DATABASE, answers, converted, outcomes, write_service  # noqa: TID252

MAIN = """
from fastapi import FastAPI

from app.service import ready

app = FastAPI()


@app.get("/ready")
def is_ready() -> int:
    return ready()
"""
#: The database needs this module at its top.
SERVICE = '''
from sqlalchemy import text
from sqlalchemy.orm import Session

URL = "sqlite:///./app.db"


def ready() -> int:
    """Opens a session of its own."""
    IMPORT

    with OPENING as db:
        return db.execute(text("SELECT 7")).scalar_one()
'''
FORMS = {
    "engine": ("from app.database import engine", "Session(engine)"),
    "factory": ("from app.database import SessionLocal", "SessionLocal()"),
    "other name": ("from app.database import SessionLocal as make", "make()"),
    "module": ("from app import database", "database.SessionLocal()"),
    "several": ("from app.database import Base, SessionLocal, engine", "SessionLocal()"),
    "called": ("from app.database import opened", "opened()"),
}
OPENED = """

def opened():
    return SessionLocal()
"""


#: What is copied as a whole: a dependency, and what makes the session for it.
GIVEN = """
from fastapi import Depends
from sqlalchemy import text
from sqlalchemy.orm import Session

URL = "sqlite:///./app.db"


def get_db():
    IMPORT

    with OPENING as db:
        yield db


def ready(db: Session = Depends(get_db)) -> int:
    return db.execute(text("SELECT 7")).scalar_one()
"""


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("given", [False, True], ids=["opened", "given"])
def test_imports_inside_functions_stay_there(tmp_path: Path, form: str, given: bool) -> None:
    line, opening = FORMS[form]
    database = "from app.service import URL\n" + DATABASE.replace('"sqlite:///./app.db"', "URL") + OPENED
    service = (GIVEN if given else SERVICE).replace("IMPORT", line).replace("OPENING", opening)
    main = (
        MAIN.replace(
            "def is_ready() -> int:\n    return ready()",
            "def is_ready(found: int = Depends(ready)) -> int:\n    return found",
        )
        if given
        else MAIN
    )
    files = {
        "app/main.py": main.replace("import FastAPI", "import Depends, FastAPI"),
        "app/service.py": service,
        "app/database.py": database,
    }
    root = write_service(tmp_path, files, basic=False)
    asked = [("GET", "/ready", None)]
    before = answers(root, asked)
    assert before["answers"] == [[200, 7]]
    result = converted(root)
    assert answers(root, asked) == before
    assert outcomes(result) == {"GET /ready": "native"}
    text = (root / "app/service.py").read_text()
    assert "async def ready" in text and "SessionLocal as" not in text
