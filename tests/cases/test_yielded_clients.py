"""Clients that dependencies yield and close afterwards get their async form, and the dependency moves."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from ..pipeline_tools import answers, converted, outcomes, write_service  # noqa: TID252

MAIN = """
from collections.abc import Generator

import httpx
import redis
from fastapi import Depends, FastAPI

app = FastAPI()


def get_entered():
    with httpx.Client() as client:
        yield client


def get_closed() -> Generator[httpx.Client, None, None]:
    client = httpx.Client(timeout=3)
    try:
        yield client
    finally:
        client.close()


def get_store():
    store = redis.Redis.from_url("redis://localhost")
    try:
        yield store
    finally:
        store.close()


class Weather:
    def __init__(self, client: httpx.Client = Depends(get_closed)):
        self.client = client

    def now(self):
        return self.client.get("URL/now").json()


@app.get("/entered")
def entered(client: httpx.Client = Depends(get_entered)):
    return client.get("URL/entered").json()


@app.get("/held")
def held(weather: Weather = Depends()):
    return weather.now()


@app.get("/stored")
def stored(store: redis.Redis = Depends(get_store)):
    return store.get("x")
"""


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = f'"{self.path}"'.encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        """Says nothing."""


@pytest.fixture
def url() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def test_dependencies_that_yield_clients(tmp_path: Path, url: str) -> None:
    root = write_service(tmp_path, {"app/main.py": MAIN.replace("URL", url)})
    requests = [("GET", "/entered", None), ("GET", "/held", None), ("GET", "/entered", None)]
    before = answers(root, requests)
    assert [body for _, body in before["answers"]] == ["/entered", "/now", "/entered"]
    result = converted(root, python=Path(sys.executable))
    assert answers(root, requests) == before
    assert set(outcomes(result).values()) == {"native"}
    text = (root / "app/main.py").read_text()
    assert "async def get_entered():\n    async with httpx.AsyncClient(verify=ssl_context) as client:\n" in text
    assert "async def get_closed() -> AsyncGenerator[httpx.AsyncClient, None]:\n" in text
    assert text.count("await client.aclose()") == text.count("await store.aclose()") == 1
    assert 'store = redis.asyncio.Redis.from_url("redis://localhost")' in text
    assert not converted(root, python=Path(sys.executable)).after


CALLED = """
import redis
from fastapi import FastAPI

app = FastAPI()
pool = redis.ConnectionPool()


def get_store():
    return redis.Redis(connection_pool=pool)


def each_store():
    yield redis.Redis()


@app.get("/called")
def called():
    return get_store().get("x")


@app.get("/taken")
def taken():
    return next(each_store()).get("x")
"""


def test_a_second_run_knows_the_class_by_its_await(tmp_path: Path) -> None:
    root = write_service(tmp_path, {"app/main.py": CALLED})
    result = converted(root, python=Path(sys.executable))
    assert outcomes(result) == {"GET /called": "native", "GET /taken": "bridged"}
    assert 'return await get_store().get("x")' in (root / "app/main.py").read_text()
    assert not converted(root, python=Path(sys.executable)).after
