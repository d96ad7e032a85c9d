"""httpx clients that a module or an object keeps: they go on in a second event loop, as the sync ones did."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from awaitify_templates.environment import render

from ..pipeline_tools import converted, outcomes, write_service  # noqa: TID252
from .wire_server import serving

MAIN = """
import httpx
from fastapi import FastAPI

app = FastAPI()
module = httpx.Client(base_url="URL", headers={"X-A": "a"}, timeout=5, follow_redirects=True)


class Vendor:
    def __init__(self, base: str):
        self.client = httpx.Client(base_url=base, timeout=5)
        self.client.headers["X-B"] = "b"

    def read(self, path: str) -> list[str]:
        response = self.client.get(path)
        response.raise_for_status()
        lines = response.json()[0].splitlines()
        return [line for line in lines if line.lower().startswith(("cookie", "x-b"))]


vendor = Vendor("URL")


@app.get("/module")
def read_module(path: str):
    return [module.get(path, params={"a": 1}).status_code, dict(module.cookies)]


@app.get("/vendor")
def read_vendor():
    vendor.client.get("/cookies")
    return vendor.read("/x")


@app.get("/function")
def function(path: str):
    return httpx.get("URL" + path).status_code


@app.get("/own")
def own(path: str):
    with httpx.Client(timeout=5) as client:
        return client.get("URL" + path).status_code
"""
RUN = """
import json
from fastapi.testclient import TestClient
from app.main import app

PATHS = ["/module?path=/r307", "/vendor", "/function?path=/404", "/own?path=/x"]
PATHS += ["/module?path=/cookies", "/module?path=/x"]


def told(client):
    return [[answer.status_code, answer.json()] for answer in map(client.get, PATHS * 2)]


found = []
for _ in range(2):
    with TestClient(app) as client:
        found.append(told(client))
    found.append(told(TestClient(app)))
print(json.dumps(found))
"""
TEST = "from app.main import app\n\n\ndef test_app():\n    assert app.routes\n"


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with serving() as server:
        yield f"http://127.0.0.1:{server.server_address[1]}"


def _told(root: Path) -> object:
    done = subprocess.run(
        [sys.executable, "-c", RUN], cwd=root, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


def test_a_second_loop_and_a_second_lifespan(tmp_path: Path, url: str) -> None:
    files = {"app/main.py": MAIN.replace("URL", url), "tests/test_app.py": TEST, "requirements.txt": "fastapi\nhttpx\n"}
    root = write_service(tmp_path, files, basic=False)
    before = _told(root)
    result = converted(root, python=Path(sys.executable))
    text = (root / "app/main.py").read_text()
    assert set(outcomes(result).values()) == {"native"}, text
    assert "from app.http_clients import AsyncClient\n" in text
    assert "async with httpx.AsyncClient(verify=ssl_context, timeout=5) as client:" in text
    assert "    await module.aclose()\n" in text
    assert _told(root) == before
    assert converted(root, python=Path(sys.executable)).after == {}


def test_without_tests_it_is_a_plain_client(tmp_path: Path, url: str) -> None:
    root = write_service(tmp_path, {"app/main.py": MAIN.replace("URL", url)}, basic=False)
    result = converted(root, python=Path(sys.executable))
    assert set(result.after) == {"app/main.py"}
    assert "module = httpx.AsyncClient(" in (root / "app/main.py").read_text()


def _module(library: str, folder: Path) -> ModuleType:
    file = folder / f"{library}_clients.py"
    file.write_text(render("http_clients.py.j2", httpx=library))
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("library", ["httpx", "httpx2"])
def test_what_a_client_is_set_to_holds_in_each_loop(library: str, tmp_path: Path, url: str) -> None:
    pytest.importorskip(library)
    client = _module(library, tmp_path).AsyncClient(base_url=url, auth=("u", "p"), max_redirects=1)
    seen: list[str] = []

    async def told(close: bool) -> list[str]:
        seen.append((await client.get("/r307")).headers["location"])
        await client.get("/cookies")
        response = await client.get("/x", follow_redirects=True)
        async with client.stream("GET", "/auth") as answer:
            body = await answer.aread()
        if close:
            await client.aclose()
        lines = [line for line in response.json()[0].splitlines() if line.lower().startswith(("auth", "cookie"))]
        return [*sorted(lines), body.decode()]

    first = asyncio.run(told(False))
    assert first[-1] == "in" and len(first) == 3
    assert [asyncio.run(told(close)) for close in (True, False, True, True)] == [first] * 4

    async def twice() -> list[list[str]]:
        return [await told(True), await told(False)]

    client.follow_redirects = True
    client.max_redirects = 5
    with pytest.raises(KeyError):  # it was followed
        asyncio.run(twice())
    assert seen == ["/echo"] * 5
