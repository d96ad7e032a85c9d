"""What objects of libraries do by operators, and as their properties are read: a route over one that waits stays."""

from __future__ import annotations

import sys
from pathlib import Path
from textwrap import dedent

from ..pipeline_tools import converted, outcomes, route, rules, write_service  # noqa: TID252

BASES = """
import time


def ask(number):
    time.sleep(0.01)
    return number


class Base:
    def __contains__(self, item):
        return ask(item) == 1

    @property
    def owner(self) -> str:
        return str(ask(5))
"""
LIBRARY = """
from pagelib.bases import Base, ask


class Pages(Base):
    def __init__(self):
        self.count = 2

    def __iter__(self):
        for number in range(self.count):
            yield ask(number)

    def __len__(self):
        return ask(2)

    def __getitem__(self, number):
        return ask(number)

    def __bool__(self):
        return bool(ask(1))

    def __str__(self):
        return str(ask(4))

    def __getattr__(self, name):
        return ask(3)

    @property
    def size(self) -> int:
        return self.count

    def plain(self) -> int:
        return 1


class Told:
    def __init__(self):
        self.words = ["a"]

    def __iter__(self):
        return iter(self.words)

    def __len__(self):
        return len(self.words)

    @property
    def first(self) -> str:
        return self.words[0]


class Client:
    def pages(self) -> Pages:
        ask(1)
        return Pages()

    def told(self) -> Told:
        ask(1)
        return Told()

    def numbers(self):
        ask(1)
        return (ask(number) for number in range(2))
"""
MAIN = """
from fastapi import FastAPI
from pagelib import Client, Pages

app = FastAPI()
client = Client()
"""
WAITING = {
    "loop": "return [page for page in client.pages()]",
    "name": "found = client.pages()\n    return list(found)",
    "made": "return sum(Pages())",
    "length": "found = client.pages()\n    return len(found)",
    "item": "return client.pages()[1]",
    "contained": "return 1 in client.pages()",
    "asked": "found = client.pages()\n    return 1 if found else 0",
    "shown": "found = client.pages()\n    return f'{found}'",
    "property": "return client.pages().owner",
    "hook": "return client.pages().other",
    "generator": "return [number for number in client.numbers()]",
}
PLAIN = {
    "loop": "return [word for word in client.told()]",
    "length": "found = client.told()\n    return [len(found), found.first, list(found)]",
    "own": "found = client.pages()\n    return [found.count, found.size, found.plain()]",
}


def _service(root: Path, bodies: dict[str, str]) -> tuple[Path, Path]:
    packages = root / "environment/lib/python3.11/site-packages"
    (packages / "pagelib").mkdir(parents=True)
    (packages / "pagelib/bases.py").write_text(dedent(BASES))
    (packages / "pagelib/__init__.py").write_text(dedent(LIBRARY))
    main = MAIN + "".join(f'\n\n@app.get("/{name}")\ndef {name}():\n    {body}\n' for name, body in bodies.items())
    return write_service(root / "service", {"app/main.py": main}, basic=False), root / "environment"


def test_what_waits_stays(tmp_path: Path) -> None:
    root, environment = _service(tmp_path, WAITING)
    result = converted(root, python=environment)
    assert set(outcomes(result).values()) == {"left"}, outcomes(result)
    found = {name: rules(route(result, "GET", f"/{name}")) for name in WAITING}
    assert {name for name, why in found.items() if why != {"implicit-call"}} == {"generator"}, found


def test_a_helper_over_what_waits_runs_in_a_thread(tmp_path: Path) -> None:
    helper = "def total():\n        return sum(Pages())\n\n    return total()"
    root, environment = _service(tmp_path, {"local": helper, "imported": "return app_total()"})
    (root / "app/totals.py").write_text("from pagelib import Pages\n\n\ndef app_total():\n    return len(Pages())\n")
    main = root / "app/main.py"
    main.write_text(
        main.read_text().replace("\napp = FastAPI()", "\nfrom app.totals import app_total\n\napp = FastAPI()")
    )
    result = converted(root, python=environment)
    assert set(outcomes(result).values()) == {"bridged"}
    text = main.read_text()
    assert "return await asyncio.to_thread(total)" in text and "return await asyncio.to_thread(app_total)" in text


def test_what_holds_plain_data_moves(tmp_path: Path) -> None:
    root, environment = _service(tmp_path, PLAIN)
    assert set(outcomes(converted(root, python=environment)).values()) == {"bridged"}


MAPPER = """
from fastapi import FastAPI
from peewee import CharField, Model, SqliteDatabase

database = SqliteDatabase("app.db")


class Item(Model):
    name = CharField()

    class Meta:
        database = database


app = FastAPI()


@app.post("/items")
def create():
    return Item.create(name="a").id


@app.get("/items")
def items():
    return [item.name for item in Item.select().where(Item.name == "a")]
"""


def test_other_object_mappers_stay(tmp_path: Path) -> None:
    root = write_service(tmp_path, {"app/main.py": MAPPER}, basic=False)
    result = converted(root, python=Path(sys.executable))
    assert outcomes(result) == {"POST /items": "left", "GET /items": "left"}
    assert rules(route(result, "GET", "/items")) == {"no-async-form"}
