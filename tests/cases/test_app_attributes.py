"""What a service keeps on its application, and reads from there through the request."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..pipeline_tools import answers, converted, outcomes, write_service  # noqa: TID252

MAIN = """
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request

from app.store import Shelf, Store


@asynccontextmanager
async def lifespan(app: FastAPI):
    app.state.store = Store("kept.txt")
    app.shelf = Shelf()["kept.txt"]
    yield
    app.state.store = None


app = FastAPI(lifespan=lifespan)


def get_store(request: Request):
    return request.app.state.store


@app.get("/write/{text}")
def write(text: str, request: Request):
    return request.app.state.store.write(text)


@app.get("/read")
def read(request: Request):
    return [request.app.shelf.read(), get_store(request).read()]
"""
STORE = """
class Store:
    def __init__(self, path):
        self.path = path

    def write(self, text):
        with open(self.path, "w") as file:
            return file.write(text)

    def read(self):
        with open(self.path) as file:
            return file.read()


class Shelf:
    def __getitem__(self, path) -> Store:
        return Store(path)
"""
FAKE = """
from types import SimpleNamespace
from unittest.mock import MagicMock

from app.main import app


class Fake:
    def write(self, text):
        return 0

    def read(self):
        return ""


def test_fake():
    {written}
"""
REQUESTS = [("GET", "/write/abc", None), ("GET", "/read", None)]


def test_attributes_of_the_application(tmp_path: Path) -> None:
    root = write_service(tmp_path, {"app/main.py": MAIN, "app/store.py": STORE}, basic=False)
    before = answers(root, REQUESTS)
    assert before["answers"] == [[200, 3], [200, ["abc", "abc"]]]
    assert outcomes(converted(root)) == {"GET /write/{text}": "bridged", "GET /read": "bridged"}
    text = (root / "app/main.py").read_text()
    assert "return await asyncio.to_thread(request.app.state.store.write, text)" in text
    assert "await asyncio.to_thread(request.app.shelf.read)" in text
    assert "await asyncio.to_thread(get_store(request).read)" in text
    assert answers(root, REQUESTS) == before


@pytest.mark.parametrize(
    "written",
    [
        "app.state.store = Fake()",
        'setattr(app.state, "store", Fake())',
        "app.state.store, x = Fake(), 1",
        'assert getattr(app.state, "store", None) is None; setattr(app.state, "store", Fake())',
        "request = MagicMock(); request.app.state.store = Fake()",
        "request = SimpleNamespace(app=SimpleNamespace(state=SimpleNamespace(store=Fake())))",
    ],
)
def test_a_fake_in_the_tests(tmp_path: Path, written: str) -> None:
    files = {"app/main.py": MAIN, "app/store.py": STORE, "tests/test_x.py": FAKE.format(written=written)}
    root = write_service(tmp_path, files, basic=False)
    assert outcomes(converted(root))["GET /write/{text}"] == "left"
