"""Calls of functions that functions, dependencies and loops hand over: known where all of them are."""

from __future__ import annotations

from pathlib import Path

from ..pipeline_tools import answers, app, converted, outcomes, write_service  # noqa: TID252

MAIN = """
from collections.abc import Callable
from typing import Annotated

from app.settings import Shape, get_shape


def named(name: str) -> str:
    return name.title()


def lettered(name: str) -> str:
    return name.upper()


def hasher(salt: str):
    def digest(text: str) -> str:
        return text + salt

    return digest


def get_hasher():
    def digest(text: str) -> str:
        return text[::-1]

    return digest


def get_counter():
    def counter(db: Session) -> int:
        return db.query(Item).count()

    return counter


def get_any():
    return globals()["named"]


def get_other() -> Callable:
    return named


Hasher = Annotated[Callable, Depends(get_hasher)]


@app.get("/looped")
def looped(db: Session = Depends(get_db)):
    return [db.query(Item).count(), *[make("a b") for make in (named, lettered)]]


@app.get("/chained")
def chained(db: Session = Depends(get_db)):
    digest = hasher("!")
    return [hasher("?")("a"), digest("b"), db.query(Item).count()]


@app.get("/depended")
def depended(digest: Hasher, shape: Shape, plain: Callable = Depends(get_hasher), db: Session = Depends(get_db)):
    return [digest("ab"), shape("ab"), plain("cd"), db.query(Item).count()]


@app.get("/counted")
def counted(counter: Annotated[Callable, Depends(get_counter)], db: Session = Depends(get_db)):
    return counter(db)


@app.get("/any")
def anything(make: Annotated[Callable, Depends(get_any)], db: Session = Depends(get_db)):
    return [make("a"), db.query(Item).count()]


@app.get("/replaced")
def replaced(make: Annotated[Callable, Depends(get_other)], db: Session = Depends(get_db)):
    return [make("a"), db.query(Item).count()]
"""
SETTINGS = """
from collections.abc import Callable
from typing import Annotated

from fastapi import Depends


def shaped(text: str) -> str:
    return f"<{text}>"


Shape = Annotated[Callable, Depends(lambda: shaped)]


def get_shape():
    return shaped
"""
TESTS = """
from app.main import app, get_other

app.dependency_overrides[get_other] = lambda: str
"""
PATHS = ["/looped", "/chained", "/depended", "/counted", "/any", "/replaced"]


def test_functions_that_are_handed_over(tmp_path: Path) -> None:
    files = {**app(MAIN), "app/settings.py": SETTINGS, "tests/test_other.py": TESTS}
    root = write_service(tmp_path, files)
    requests = [("GET", path, None) for path in PATHS]
    before = answers(root, requests)
    assert {status for status, _ in before["answers"]} == {200}
    found = outcomes(converted(root))
    assert {path for path, outcome in found.items() if outcome == "left"} == {"GET /any", "GET /replaced"}
    assert answers(root, requests) == before and not converted(root).after
