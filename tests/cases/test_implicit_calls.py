"""I/O that no call expression shows: behind abstract classes and protocols, in `with` statements, in properties."""

from __future__ import annotations

from pathlib import Path

from awaitify.checking.checker import check_project
from awaitify.config import Settings
from awaitify.pipeline import plan_project

from ..pipeline_tools import DATABASE, MODELS, write_service  # noqa: TID252

STORE = """
import abc

from app.database import SessionLocal
from app.models import Item


class Store(abc.ABC):
    @abc.abstractmethod
    def names(self) -> list[str]:
        raise NotImplementedError


class SqlStore(Store):
    def names(self) -> list[str]:
        with SessionLocal() as db:
            return [item.name for item in db.query(Item).all()]


def get_store() -> Store:
    return SqlStore()
"""
PROTOCOL = (
    STORE.replace("import abc\n", "from typing import Protocol\n")
    .replace("abc.ABC", "Protocol")
    .replace("    @abc.abstractmethod\n", "")
    .replace("SqlStore(Store)", "SqlStore")
)
ROUTE = """
from fastapi import Depends, FastAPI

from app.store import Store, get_store

app = FastAPI()


@app.get("/names")
def names(store: Store = Depends(get_store)) -> list[str]:
    return store.names()
"""
UNIT = """
from app.database import SessionLocal
from app.models import Item


class Unit:
    def __enter__(self):
        self.db = SessionLocal()
        return self

    def __exit__(self, *exc):
        self.db.close()

    @property
    def total(self) -> int:
        return self.db.query(Item).count()
"""
ENTERED = """
from fastapi import FastAPI

from app.unit import Unit

app = FastAPI()


@app.get("/entered")
def entered() -> int:
    with Unit():
        return 1
"""
READ = """
import time

from fastapi import FastAPI

app = FastAPI()


class Slow:
    @property
    def answer(self) -> int:
        time.sleep(0.01)
        return 42


@app.get("/read")
def read() -> int:
    slow = Slow()
    return slow.answer
"""
UNIMPLEMENTED = """
from typing import Protocol

from fastapi import FastAPI

app = FastAPI()


class Remote(Protocol):
    def load(self) -> int: ...


def registered() -> Remote:
    raise LookupError


@app.get("/load")
def load() -> int:
    return registered().load()
"""
DOUBLE = """
from app.store import Store


class FakeStore(Store):
    def names(self) -> list[str]:
        return ["fake"]


def test_fake() -> None:
    assert FakeStore().names() == ["fake"]
"""


def _result(root: Path, **files: str) -> tuple[str, dict[str, str]]:
    """The first route's way of running afterwards, and the changed files' texts."""
    named = {f"app/{name}.py": text for name, text in files.items() if name != "test_double"}
    if "test_double" in files:
        named["tests/test_double.py"] = files["test_double"]
    write_service(root, {"app/database.py": DATABASE, "app/models.py": MODELS, **named}, basic=False)
    result = plan_project(root, Settings())
    return result.plan.routes[0].after, {name: data.decode() for name, data in result.after.items()}


def _is_safe(after: str, texts: dict[str, str], call: str) -> bool:
    """A route stays `def`, or awaits the call."""
    text = texts.get("app/main.py", "")
    return after == "sync" or f"await {call}" in text or f"to_thread({call.partition('(')[0]}" in text


def test_a_call_of_an_abstract_method_does_what_its_overrides_do(tmp_path: Path) -> None:
    after, texts = _result(tmp_path, store=STORE, main=ROUTE)
    assert _is_safe(after, texts, "store.names()")


def test_a_call_of_a_protocol_does_what_classes_of_its_shape_do(tmp_path: Path) -> None:
    after, texts = _result(tmp_path, store=PROTOCOL, main=ROUTE)
    assert _is_safe(after, texts, "store.names()")


def test_a_double_in_the_tests_moves_with_the_method(tmp_path: Path) -> None:
    after, texts = _result(tmp_path, store=STORE, main=ROUTE, test_double=DOUBLE)
    assert after == "async" and "async def names" in texts["app/store.py"]
    double = texts["tests/test_double.py"]
    assert "async def names" in double and "assert await FakeStore().names()" in double


def test_a_with_block_runs_its_enter_and_exit(tmp_path: Path) -> None:
    assert _result(tmp_path, unit=UNIT, main=ENTERED)[0] == "sync"


def test_a_property_that_blocks_is_awaited_or_keeps_its_reader_sync(tmp_path: Path) -> None:
    after, texts = _result(tmp_path / "method", main=READ)
    assert after == "async" and "return await slow.answer()" in texts["app/main.py"]
    assert "    async def answer(self) -> int:\n        await asyncio.sleep(0.01)" in texts["app/main.py"]
    kept = READ.replace("@property", "@functools.cached_property").replace(
        "import time", "import functools\nimport time"
    )
    assert _result(tmp_path / "kept", main=kept)[0] == "sync"


def test_a_property_with_a_setter_and_one_that_reads_it_keep_their_readers_sync(tmp_path: Path) -> None:
    setter = "        return 42\n\n    @answer.setter\n    def answer(self, value):\n        self.kept = value\n"
    set_too = READ.replace("        return 42\n", setter)
    assert _result(tmp_path / "set", main=set_too)[0] == "sync"
    other = "        return 42\n\n    @property\n    def twice(self) -> int:\n        return self.answer * 2\n"
    second = READ.replace("        return 42\n", other).replace("return slow.answer", "return slow.twice")
    second = second.replace("return self.answer", 'return getattr(self, "answer") + self.answer')
    assert _result(tmp_path / "second", main=second)[0] == "sync"


def test_a_protocol_that_nothing_implements_is_unknown(tmp_path: Path) -> None:
    assert _result(tmp_path, main=UNIMPLEMENTED)[0] == "sync"


HOOKED = """
import time


class Config:
    here: str = "x"

    def __init__(self):
        super().__setattr__("kept", {})

    def __getattr__(self, name):
        time.sleep(0.01)
        return name

    def __setattr__(self, name, value):
        time.sleep(0.01)
        self.kept[name] = value


class Other(Config):
    pass


config = Other()


def given() -> Config:
    return config
"""
HOOK_READS = """
from fastapi import Depends, FastAPI
from sqlalchemy.orm import Session

from app.config import config as settings, given
from app.database import get_db
from app.models import Item

app = FastAPI()


@app.get("/{number}")
def read(number: int, db: Session = Depends(get_db)):
    item = db.get(Item, number)
    return [item.name if item else None, settings.LINE]


@app.get("/async/one")
async def one():
    return settings.MARK


@app.get("/async/two")
async def two(name: str):
    chosen = settings
    chosen.MARK = name
    return chosen.here


@app.get("/async/three")
async def three():
    return given().MARK


@app.get("/async/four")
async def four():
    return settings.here
"""


def test_an_attribute_that_a_hook_gives_keeps_its_reader_sync(tmp_path: Path) -> None:
    body = HOOK_READS.replace("LINE", "MARK")
    assert _result(tmp_path / "hooked", config=HOOKED, main=body)[0] == "sync"
    body = HOOK_READS.replace("LINE", "here")
    after, texts = _result(tmp_path / "plain", config=HOOKED, main=body)
    assert after == "async" and "await db.get(Item, number)" in texts["app/main.py"]


def test_check_finds_attributes_that_a_hook_gives(tmp_path: Path) -> None:
    files = {"app/config.py": HOOKED, "app/main.py": HOOK_READS.replace("LINE", "here")}
    write_service(tmp_path, {"app/database.py": DATABASE, "app/models.py": MODELS, **files}, basic=False)
    lines = files["app/main.py"].lstrip().splitlines()
    wanted = [number for number, line in enumerate(lines, 1) if "MARK" in line]
    findings = check_project(tmp_path, Settings(), lambda step: None)
    assert sorted({item.line for item in findings if item.file == "app/main.py"}) == wanted, findings
