"""Functions that no rule knows, judged from the source of their package."""

from __future__ import annotations

import importlib.util
import time
from pathlib import Path

import pytest
from awaitify.analysis.knowledge.library_facts import Fact, Knowledge, packaged_rules

STDLIB = [path for path in packaged_rules() if path.stem == "stdlib"]
SITE = Path(str(importlib.util.find_spec("tomlkit").origin)).parent.parent  # type: ignore[union-attr]

SOURCE = {
    "acme/__init__.py": "from .client import Client as Client\nfrom .deep import helper\n",
    "acme/plain.py": """
        import os, functools
        from .deep import helper
        def join(a, b):
            return os.path.join(a, helper(b)).upper()
        def calls_back(f):
            return f()
        def evaluates(code):
            return eval(code)
        def rounded(number):
            return number.quantize(1).to_integral()
        def reads_something(thing):
            return thing.read()
        def missing_base_name():
            return undefined_here.go()
        async def fetch():
            return 1
        def nested(values):
            def one(value):
                return open(value)
            return [one(value) for value in values]
        def lazily():
            import subprocess
            return subprocess.run(["ls"])
    """,
    "acme/deep.py": "def helper(text):\n    return other(text)\ndef other(text):\n    return text.strip()\n",
    "acme/net.py": """
        import socket
        from . import net_never
        def count(values):
            return len(values)
        def connect():
            return socket.create_connection(("a", 1))
    """,
    "acme/indirect.py": """
        from acme.files import Base, load as read_it
        class Child(Base):
            def get(self):
                return self.fetch()
            def calm(self):
                return self.quiet()
        class Made(Base):
            pass
        def twice():
            return read_it("a")
        class Template:
            def run(self):
                return self.step()
            def step(self):
                raise NotImplementedError
        class Real(Template):
            def step(self):
                return load_all()
        def load_all():
            return read_it("b")
        class Items(list):
            def put(self, item):
                self.append(item)
                return super().copy()
    """,
    "acme/files.py": """
        def load(path):
            return path.parent.read_text() if path else open(path)
        class Base:
            def __init__(self):
                self.data = load("x")
            def fetch(self):
                return load("y")
            def quiet(self):
                return 1
    """,
    "acme/client.py": """
        class Client:
            def __init__(self):
                self.n = 1
            @classmethod
            def make(cls):
                return cls()
    """,
    "acme/wrapped.py": """
        import functools, time
        load = open
        KINDS = {"a": open}
        def calm(f):
            @functools.wraps(f)
            def wrapper(*args):
                return f(*args)
            return wrapper
        def slow(f):
            def wrapper(*args):
                time.sleep(1)
                return f(*args)
            return wrapper
        @calm
        def one(value):
            return value.strip()
        @slow
        def two(value):
            return value.strip()
        @KINDS["a"]
        def three(value):
            return value
        def passes(paths):
            return list(map(open, paths))
        def passes_own(values):
            return sorted(values, key=two)
        def aliased(path):
            return load(path)
        def from_table(path):
            reader = KINDS["a"]
            return reader(path)
        def inner_parameters(values):
            return sorted(values, key=lambda item: item.strip())
    """,
    "acme/facade.py": """
        from abc import ABC, abstractmethod
        class Store(ABC):
            @abstractmethod
            def find(self, key):
                pass
            @abstractmethod
            def search(self, text):
                pass
            @abstractmethod
            def count_all(self):
                pass
        class Facade:
            def __init__(self, store):
                self._store = store
            def find(self, key):
                return self._store.find(key)
            def total(self):
                return self._store.search("all")
            def search(self, text):
                return self._store.search(text)
            def count_all(self):
                return self._store.count_all()
    """,
    "acme/tree.py": """
        class Leaf:
            def size(self):
                return 1
        class Tree:
            def __init__(self, leaf):
                self.leaf = leaf
            def weight(self):
                return self.leaf.size()
    """,
    "acme/compiled.pyi": "def fast(x: int) -> int: ...\n",
    "acme/typed.pyi": "def slow(x: int) -> int: ...\n",
    "acme/typed.py": "import time\ndef slow(x):\n    time.sleep(x)\n",
}


@pytest.fixture(scope="module")
def acme(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("site")
    for name, text in SOURCE.items():
        lines = text.split("\n")
        path = root / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("\n".join(line.removeprefix("        ") for line in lines) if lines[0] == "" else text)
    return root


def judged(root: Path, name: str, file: str) -> Fact:
    return Knowledge(STDLIB, [root]).fact(name, root / file)


@pytest.mark.parametrize(
    ("name", "file", "kind"),
    [
        ("acme.plain.join", "acme/plain.py", "harmless"),
        ("acme.plain.calls_back", "acme/plain.py", "unknown"),
        ("acme.plain.evaluates", "acme/plain.py", "unknown"),
        ("acme.plain.rounded", "acme/plain.py", "harmless"),
        ("acme.plain.reads_something", "acme/plain.py", "unknown"),
        ("acme.plain.missing_base_name", "acme/plain.py", "unknown"),
        ("acme.plain.fetch", "acme/plain.py", "async"),
        ("acme.plain.nested", "acme/plain.py", "blocks"),
        ("acme.plain.lazily", "acme/plain.py", "blocks"),
        ("acme.plain.gone", "acme/plain.py", "unknown"),
        ("acme.net.connect", "acme/net.py", "blocks"),
        ("acme.net.count", "acme/net.py", "unknown"),
        ("acme.indirect.twice", "acme/indirect.py", "blocks"),
        ("acme.indirect.Child.get", "acme/indirect.py", "blocks"),
        ("acme.indirect.Child.calm", "acme/indirect.py", "harmless"),
        ("acme.indirect.Made", "acme/indirect.py", "blocks"),
        ("acme.indirect.Template.run", "acme/indirect.py", "blocks"),
        ("acme.indirect.Items.put", "acme/indirect.py", "harmless"),
        ("acme.client.Client", "acme/client.py", "harmless"),
        ("acme.client.Client.make", "acme/client.py", "harmless"),
        ("acme.wrapped.one", "acme/wrapped.py", "harmless"),
        ("acme.wrapped.two", "acme/wrapped.py", "blocks"),
        ("acme.wrapped.three", "acme/wrapped.py", "unknown"),
        ("acme.wrapped.passes", "acme/wrapped.py", "blocks"),
        ("acme.wrapped.passes_own", "acme/wrapped.py", "blocks"),
        ("acme.wrapped.aliased", "acme/wrapped.py", "blocks"),
        ("acme.wrapped.from_table", "acme/wrapped.py", "unknown"),
        ("acme.wrapped.inner_parameters", "acme/wrapped.py", "harmless"),
        ("acme.facade.Facade.find", "acme/facade.py", "unknown"),
        ("acme.facade.Facade.total", "acme/facade.py", "unknown"),
        ("acme.facade.Facade.search", "acme/facade.py", "unknown"),
        ("acme.tree.Tree.weight", "acme/tree.py", "harmless"),
        ("acme.compiled.fast", "acme/compiled.pyi", "unknown"),
        ("acme.typed.slow", "acme/typed.pyi", "blocks"),
        ("acme.nowhere.f", "acme/nowhere.py", "unknown"),
    ],
)
def test_kind(acme: Path, name: str, file: str, kind: str) -> None:
    fact = judged(acme, name, file)
    assert (fact.kind, fact.library) == (kind, "acme")
    assert fact.note


def test_the_place_of_the_definition_counts_more_than_its_name(acme: Path) -> None:
    path = acme / "acme/plain.py"
    offset = path.read_bytes().index(b"reads_something")
    fact = Knowledge(STDLIB, [acme]).fact("acme.renamed", path, offset)
    assert fact.note == "acme.plain.reads_something: it calls .read() on a value of unknown type"


def test_the_note_names_what_was_reached(acme: Path) -> None:
    note = judged(acme, "acme.indirect.twice", "acme/indirect.py").note
    assert note == "acme.files.load reaches builtins.open"


def test_a_package_outside_the_search_paths_is_found_beside_its_file(acme: Path) -> None:
    knowledge = Knowledge(STDLIB, [])
    assert knowledge.fact("acme.indirect.twice", acme / "acme/indirect.py").kind == "blocks"


def test_the_place_of_an_import_says_nothing_about_what_is_imported(acme: Path) -> None:
    path = acme / "acme/deep.py"
    fact = Knowledge(STDLIB, [acme]).fact("notinstalled.helper", path, path.read_bytes().index(b"helper"))
    assert (fact.kind, fact.note) == ("unknown", "its package is not installed")


def test_a_rule_goes_before_the_source(acme: Path, tmp_path: Path) -> None:
    rules = tmp_path / "acme.toml"
    rules.write_text('library = "acme"\n[[rule]]\nkind = "cpu"\ncalls = ["acme.files.load"]\n')
    knowledge = Knowledge([*STDLIB, rules], [acme])
    assert knowledge.fact("acme.indirect.twice", acme / "acme/indirect.py").kind == "cpu"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("tomlkit.api.document", "harmless"),
        ("tomlkit.api.table", "harmless"),
        ("rich.markup.escape", "unknown"),
        ("tomlkit.api.dumps", "unknown"),
        ("tomlkit.toml_file.TOMLFile.read", "blocks"),
        ("pathspec.pathspec.PathSpec.match_file", "unknown"),
        ("pathspec.util.iter_tree_files", "blocks"),
        ("rich.text.Text", "harmless"),
        ("rich.filesize.decimal", "harmless"),
        ("click.termui.style", "harmless"),
        ("click.utils.open_file", "blocks"),
        ("click.utils.echo", "unknown"),
        ("jinja2.loaders.FileSystemLoader.get_source", "blocks"),
    ],
)
def test_installed_packages(name: str, kind: str) -> None:
    parts = name.split(".")
    assert judged(SITE, name, f"{parts[0]}/{parts[1]}.py").kind == kind


def test_answers_are_remembered() -> None:
    knowledge = Knowledge(STDLIB, [SITE])
    path = SITE / "tomlkit/api.py"
    first = knowledge.fact("tomlkit.api.dumps", path)
    started = time.perf_counter()
    assert all(knowledge.fact("tomlkit.api.dumps", path) == first for _ in range(200))
    assert time.perf_counter() - started < 0.2
