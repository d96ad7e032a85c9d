"""What reads an object without being called by its name: constructors, objects that are called, aliases, functions that
are handed over as values, tables of them, strings that name attributes. Each is the only reader in its service, so that
no other one brings the cure."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..pipeline_tools import RELATED, answers, app, converted, outcomes, write_service  # noqa: TID252

VIEWS = """
from dataclasses import dataclass
from functools import wraps
from typing import Any


class View:
    def __init__(self, item):
        self.tags = [tag.name for tag in item.tags]


class Longer(View):
    def __init__(self, item, note):
        super().__init__(item)
        self.note = note


class Kept:
    def __init__(self, item):
        self.item = item

    @property
    def tags(self):
        return [tag.name for tag in self.item.tags]

    def __len__(self):
        return len(self.item.tags)

    def __str__(self):
        return ",".join(tag.name for tag in self.item.tags)

    def __enter__(self):
        return len(self.item.tags)

    def __exit__(self, *error):
        return None


@dataclass
class Counted:
    item: Any
    n: int = 0

    def __post_init__(self):
        self.n = len(self.item.tags)


def noted(function):
    @wraps(function)
    def inner(*args):
        found = function(*args)
        return found.name, len(found.tags)

    return inner


@noted
def first_of(items):
    return items[0]


class Renderer:
    def __call__(self, item):
        return {"n": len(item.tags)}


def to_dict(item):
    return {"name": item.name, "tags": [tag.name for tag in item.tags]}


def show(render, item):
    return render(item)
"""
MORE = """
from operator import attrgetter

from pydantic import BaseModel, ConfigDict

from app import views
from app.models import Tag
from app.views import Longer, Renderer, View, to_dict
from app.views import to_dict as as_dict
"""
BODY = """
SHOWS = {"dict": to_dict, "view": View}
NAMES = ("name", "tags")
COLUMNS = {"Name": "name", "Tags": "tags"}
SEEN = []
render = Renderer()


class TagOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    name: str


class ItemOut(TagOut):
    tags: list[TagOut]


def counted(item: Item, name: str):
    return len(getattr(item, name))


def note(item):
    SEEN.append(len(item.tags))


@app.post("/items")
def create(db: Session = Depends(get_db)):
    item = Item(name="a")
    db.add(item)
    db.commit()
    db.add(Tag(name="t", item_id=item.id))
    db.commit()
    return item.id


@app.get("/items")
def read(tasks: BackgroundTasks, db: Session = Depends(get_db)):
    items = db.query(Item).all()
    item = items[0]
    return READ


@app.get("/seen")
def seen():
    return SEEN
"""
#: What is returned -> whether the route that reads moves.
READS = {
    "View(item)": True,
    "[View(one) for one in items]": True,
    "vars(Longer(item, note=1))": True,
    "render(item)": True,
    "views.show(render, item)": True,
    "as_dict(item)": True,
    "views.Kept(item).tags": True,
    "len(views.Kept(item))": True,
    'f"{views.Kept(item)}"': True,
    "views.Counted(item).n": True,
    "views.first_of(items)": False,
    "list(map(to_dict, items))": False,
    "list(map(as_dict, items))": False,
    "list(map(View, items))": False,
    "list(map(views.to_dict, items))": False,
    'SHOWS["view"](item)': False,
    "[call(item) for call in (to_dict, render)]": False,
    "list(map(ItemOut.model_validate, items))": True,
    "[one.name for one in filter(attrgetter('tags'), items)]": False,
    'len(attrgetter("tags")(item))': False,
    "{name: str(len(getattr(item, name))) for name in ('name', 'tags')}": True,
    "{name: str(len(getattr(item, name))) for name in NAMES}": True,
    "{label: str(len(getattr(item, name))) for label, name in COLUMNS.items()}": True,
    'counted(item, "tags")': True,
    "tasks.add_task(note, item)": False,
}


def _service(tmp_path: Path, read: str) -> Path:
    files = app(BODY.replace("READ", read), MORE)
    return write_service(tmp_path / "service", {"app/models.py": RELATED, "app/views.py": VIEWS, **files})


WITH = """    with views.Kept(item) as count:
        return count"""


def test_what_a_with_statement_enters_reads_objects(tmp_path: Path):
    root = _service(tmp_path, "")
    main = root / "app/main.py"
    main.write_text(main.read_text().replace("    return \n", WITH + "\n"))
    asked = [("POST", "/items", None), ("GET", "/items", None)]
    before = answers(root, asked)
    assert outcomes(converted(root))["GET /items"] == "native"
    assert answers(root, asked) == before


@pytest.mark.parametrize(("read", "moves"), READS.items(), ids=READS)
def test_what_reads_an_object_is_found_without_its_name(tmp_path: Path, read: str, moves: bool):
    root = _service(tmp_path, read)
    asked = [("POST", "/items", None), ("GET", "/items", None), ("GET", "/seen", None)]
    before = answers(root, asked)
    result = converted(root)
    assert outcomes(result)["GET /items"] == ("native" if moves else "left")
    assert outcomes(result)["POST /items"] == "native"
    assert answers(root, asked) == before
