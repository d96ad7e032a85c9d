"""Properties that become methods: every place of a read, and views whose objects nobody gets hold of."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..pipeline_tools import answers, app, converted, outcomes, route, write_service  # noqa: TID252

CONTROLLER = """
import inspect

from fastapi import APIRouter, Depends, Request


def controller(router: APIRouter):
    def decorate(cls):
        for route in list(router.routes):
            old = inspect.signature(route.endpoint)
            first, *rest = old.parameters.values()
            params = [*rest, first.replace(default=Depends(cls), kind=inspect.Parameter.KEYWORD_ONLY)]
            route.endpoint.__signature__ = old.replace(parameters=params)
            router.routes.remove(route)
            router.add_api_route(route.path, route.endpoint, methods=route.methods)
        return cls

    return decorate


class Request_(Request):
    total = 1


def seen(thing):
    return [getattr(thing, name) for name in ("total",)] if thing else {"total": 0}
"""
VIEWS = """
import pathlib

from app.controller import controller, seen
from app.total import FIRST

router = APIRouter()


class Base:
    _words: list[str] | None = None

    @property
    def words(self) -> list[str]:
        if self._words is None:
            self._words = pathlib.Path(__file__).with_name("words.txt").read_text().split()
        return self._words

    @property
    def total(self) -> int:
        return len(self.words)


@controller(router)
class Views(Base):
    @router.get("/words")
    def read(self, first: int = 0) -> dict[str, object]:
        return {"total": self.total, "words": self.words[first:], "none": seen(None), "name": self.NAME}


app.include_router(router)
"""


@pytest.mark.parametrize(
    ("name", "outcome"), [("total", "bridged"), ("__class__.__name__", "bridged"), ("missing.total", "left")]
)
def test_views_that_nobody_gets_hold_of(tmp_path: Path, name: str, outcome: str) -> None:
    """Strings, fields, modules and readers of the name elsewhere are none of theirs; what is not known on `self` is."""
    body = VIEWS.replace("NAME", name).replace("self.missing.total", "getattr(self, 'x', self).total")
    files: dict[str, str | bytes] = {
        "app/controller.py": CONTROLLER,
        "app/words.txt": "a b c",
        "app/total.py": "FIRST = 1\n",
    }
    root = write_service(tmp_path, {**app(body, "from fastapi import APIRouter"), **files})
    requests = [("GET", "/words", None), ("GET", "/words?first=1", None)]
    before = answers(root, requests)
    result = converted(root)
    assert route(result, "GET", "/words").outcome == outcome, route(result, "GET", "/words").reasons
    text = (root / "app/main.py").read_text()
    assert (outcome == "bridged") == ("len(await self.words())" in text and '"total": await self.total()' in text)
    assert answers(root, requests) == before


FILES = """
from sqlalchemy.orm import Session

from app.models import Item


class Files:
    def __init__(self, db: Session) -> None:
        self.db = db

    @property
    def path(self) -> str:
        return "app/__init__.py" + "x" * self.db.query(Item).count()

    def text(self) -> object:
        return PLACE


def helper(db: Session, path: str, names: list[str]) -> int:
    return sum(len(item.name) for item in rows(db)) + len(path) + len(names)


def rows(db: Session):
    yield from db.query(Item)
"""
PLACES = {
    "helper(self.db, self.path, [self.path])": "self.db.run_sync(helper, await self.path(), [await self.path()])",
    "open(self.path).read()": "open, await self.path())",
    'f"{self.path!r}"': 'f"{await self.path()!r}"',
    "[x for x in self.path if x in self.path]": "[x for x in await self.path() if x in await self.path()]",
    "self.path.upper() + (self.path)": "(await self.path()).upper() + (await self.path())",
}
TEXT = """
@app.get("/text")
def text(db: Session = Depends(get_db)) -> object:
    return Files(db).text()
"""


@pytest.mark.parametrize("place", PLACES)
def test_every_place_of_a_read(tmp_path: Path, place: str) -> None:
    files = {**app(TEXT, "from app.files import Files"), "app/files.py": FILES.replace("PLACE", place)}
    root = write_service(tmp_path, files)
    before = answers(root, [("GET", "/text", None)])
    result = converted(root)
    text = " ".join((root / "app/files.py").read_text().split())
    assert outcomes(result) == {"GET /text": "native"}, result.plan.routes
    assert PLACES[place] in text.replace("( ", "(").replace(" )", ")"), text
    assert answers(root, [("GET", "/text", None)]) == before


def test_no_place_in_a_text_that_is_its_own_code(tmp_path: Path) -> None:
    files = {**app(TEXT, "from app.files import Files"), "app/files.py": FILES.replace("PLACE", 'f"{self.path=}"')}
    result = converted(write_service(tmp_path, files))
    assert outcomes(result) == {"GET /text": "left"} and not result.after
