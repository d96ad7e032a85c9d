"""Wrapper classes: made by reading, then run over the class that they wrap."""

from __future__ import annotations

import asyncio
import importlib.util
import inspect
import sys
import threading
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from awaitify.errors import AwaitifyError
from awaitify.generating.wrapper import wrapper

BASE = '''
import threading
from collections.abc import Iterator

LIMIT = 3


class Base:
    def inherited(self, *names: str) -> str:
        """Joins names."""
        return "+".join(names)

    def replaced(self):
        return "base"

    def items(self, count: int = LIMIT) -> Iterator[int]:
        for number in range(count):
            self.threads.add(threading.get_ident())
            yield number
'''
CLIENT = """
from typing import overload

from .base import Base


def _secret(): return 7


class Client(Base):
    def __init__(self, url):
        self.url = url
        self.threads = set()
        self.closed = False

    @property
    def state(self): return "open"

    @classmethod
    def local(cls): return cls("local")

    @overload
    def fetch(self, key: int) -> int: ...
    @overload
    def fetch(self, key: str) -> str: ...
    def fetch(self, key, /, times=1, *, sep: str = "-", **more):
        import threading
        self.threads.add(threading.get_ident())
        return sep.join([str(key)] * times) + "".join(f"{k}={v}" for k, v in more.items())

    def replaced(self, value: "Unknown" = None): return "client"

    def defaulted(self, value=_secret()): return value

    async def native(self): return "native"

    def close(self): self.closed = True

    def _private(self): return 0
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    package = tmp_path / "acme"
    package.mkdir()
    (package / "__init__.py").write_text("from .client import *\n")
    (package / "base.py").write_text(BASE)
    (package / "client.py").write_text(CLIENT)
    return tmp_path


@pytest.fixture
def module(root: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The generated module, imported, with the wrapped package."""
    monkeypatch.syspath_prepend(root)
    for name in [name for name in sys.modules if name.partition(".")[0] == "acme"]:
        monkeypatch.delitem(sys.modules, name)
    file = root / "acme_async.py"
    file.write_text(wrapper(root, "acme:Client").text)
    spec = importlib.util.spec_from_file_location("acme_async", file)
    assert spec and spec.loader
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def _client(module: ModuleType) -> Any:
    return module.AsyncClient(module.Client("http://x"))


def test_each_call_runs_in_a_thread_with_its_arguments(module: ModuleType) -> None:
    async def use() -> None:
        client = _client(module)
        assert await client.fetch("a", 2, sep="/", more=1) == client.wrapped.fetch("a", 2, sep="/", more=1)
        assert threading.get_ident() in client.wrapped.threads and len(client.wrapped.threads) == 2
        assert await client.inherited("a", "b") == "a+b"
        assert await client.replaced() == "client"
        assert await client.native() == "native"

    asyncio.run(use())


def test_generators_are_read_in_threads(module: ModuleType) -> None:
    async def use() -> None:
        client = _client(module)
        assert [item async for item in client.items()] == [0, 1, 2]
        assert [item async for item in client.items(1)] == [0]
        assert threading.get_ident() not in client.wrapped.threads

    asyncio.run(use())


def test_close_at_the_end_of_a_block(module: ModuleType) -> None:
    async def use() -> None:
        async with _client(module) as client:
            assert not client.wrapped.closed
        assert client.wrapped.closed

    asyncio.run(use())


def test_signatures_are_those_of_the_class(module: ModuleType) -> None:
    kept = lambda function: [(p.name, p.kind) for p in inspect.signature(function).parameters.values()]  # noqa: E731
    for name in ("fetch", "inherited", "items", "replaced"):
        assert kept(getattr(module.AsyncClient, name)) == kept(getattr(module.Client, name)), name
    assert "from acme.base import LIMIT" in inspect.getsource(module)


def test_a_default_that_cannot_be_written_stays_where_it_is(module: ModuleType) -> None:
    async def use() -> None:
        client = _client(module)
        assert await client.defaulted() == 7
        assert await client.defaulted(value=8) == 8

    asyncio.run(use())


def test_properties_and_class_methods_are_named(root: Path) -> None:
    assert wrapper(root, "acme:Client").left == ("local", "state")


@pytest.mark.parametrize("target", ["smtplib:SMTP", "imaplib:IMAP4_SSL", "zipfile:ZipFile"])
def test_classes_of_the_standard_library(root: Path, target: str) -> None:
    made = wrapper(root, target)
    compile(made.text, "made.py", "exec")
    assert f"class Async{target.partition(':')[2]}:" in made.text


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("acme", "give the class as module:Class"),
        ("acme:Nothing", "no class of that name"),
        ("nowhere:Client", "no source of that module"),
        ("acme.empty:Empty", "no public method"),
    ],
)
def test_wrong_targets_are_refused_in_one_line(root: Path, target: str, message: str) -> None:
    (root / "acme" / "empty.py").write_text("class Empty:\n    x = 1\n")
    with pytest.raises(AwaitifyError, match=message):
        wrapper(root, target)
