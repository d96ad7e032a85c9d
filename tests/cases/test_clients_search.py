"""Clients of Google's models and of Elasticsearch, before and after, against a small local server."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from ..pipeline_tools import answers, outcomes, write_service  # noqa: TID252
from .test_aws import _converted

SAID = {"candidates": [{"content": {"role": "model", "parts": [{"text": "hello"}]}, "finishReason": "STOP"}]}
FOUND = {"hits": {"total": {"value": 1}, "hits": [{"_source": {"title": "a"}}]}}


class _Server(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:
        """Silent."""

    def _answer(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", 0)))
        found: Any = {"acknowledged": True, "index": "posts", "shards_acknowledged": True}
        if "_search" in self.path:
            found = FOUND
        elif "generateContent" in self.path:
            found = SAID
        elif "countTokens" in self.path:
            found = {"totalTokens": 3}
        elif "missing" in self.path:
            found = {"error": {"type": "index_not_found_exception", "reason": "gone", "root_cause": []}, "status": 404}
        data = json.dumps(found).encode()
        self.send_response(found.get("status", 200))
        self.send_header("content-type", "application/json")
        self.send_header("x-elastic-product", "Elasticsearch")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do_PUT = do_DELETE = _answer


@pytest.fixture
def url() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


GOOGLE = """
from fastapi import FastAPI
from google import genai
from google.genai import types

client = genai.Client(api_key="local", http_options=types.HttpOptions(base_url="URL"))
app = FastAPI()


class Writer:
    def __init__(self, model: str = "m") -> None:
        self.client = genai.Client(api_key="local", http_options={"base_url": "URL"})
        self.model = model

    def write(self, text: str) -> str:
        answer = self.client.models.generate_content(model=self.model, contents=text)
        return answer.text or ""


@app.get("/write")
def write(text: str = "a"):
    return [Writer().write(text), client.models.count_tokens(model="m", contents=text).total_tokens]


@app.get("/part")
def part():
    models = client.models
    return models.generate_content(model="m", contents="x").text
"""


def test_google(tmp_path: Path, url: str) -> None:
    pytest.importorskip("google.genai")
    root = write_service(tmp_path, {"app/main.py": GOOGLE.replace("URL", url)}, basic=False)
    asked: list[tuple[str, str, Any]] = [("GET", "/write", None), ("GET", "/part", None)]
    before = answers(root, asked)
    assert before["answers"] == [[200, ["hello", 3]], [200, "hello"]]
    result = _converted(root)
    assert outcomes(result) == {"GET /write": "native", "GET /part": "bridged"}
    assert answers(root, asked) == before
    text = (root / "app/main.py").read_text()
    assert "await self.client.aio.models.generate_content(" in text and "await client.aio.models.count_tokens(" in text
    assert _converted(root).after == {}
    faked = {"app/main.py": GOOGLE, "tests/test_app.py": "def generate_content():\n    pass\n"}
    result = _converted(write_service(tmp_path / "faked", faked, basic=False))
    assert b"aio.models.generate_content" not in result.after["app/main.py"]


SEARCH = """
from elasticsearch import Elasticsearch, NotFoundError
from fastapi import Depends, FastAPI, HTTPException

es = Elasticsearch("URL")
app = FastAPI()


def get_es() -> Elasticsearch:
    return es


@app.post("/index")
def create():
    es.indices.create(index="posts")
    es.index(index="posts", document={"title": "a"})
    return es.options(request_timeout=5).indices.refresh(index="posts").body


@app.get("/search")
def search(text: str = "a", store: Elasticsearch = Depends(get_es)):
    found = store.search(index="posts", query={"match": {"title": text}})
    return [hit["_source"]["title"] for hit in found["hits"]["hits"]]


@app.get("/missing")
def missing():
    try:
        es.get(index="missing", id="1")
    except NotFoundError as error:
        raise HTTPException(404, error.meta.status)
"""


def test_elasticsearch(tmp_path: Path, url: str) -> None:
    pytest.importorskip("elasticsearch")
    root = write_service(tmp_path, {"app/main.py": SEARCH.replace("URL", url)}, basic=False)
    (root / "requirements.txt").write_text("fastapi\nelasticsearch\n")
    asked: list[tuple[str, str, Any]] = [("POST", "/index", None), ("GET", "/search", None), ("GET", "/missing", None)]
    before = answers(root, asked)
    assert [status for status, _ in before["answers"]] == [200, 200, 404]
    result = _converted(root)
    assert set(outcomes(result).values()) == {"native"}
    assert answers(root, asked) == before
    text = (root / "app/main.py").read_text()
    assert "await es.options(request_timeout=5).indices.refresh(" in text and "await es.close()" in text
    assert (root / "requirements.txt").read_text().split() == ["fastapi", "elasticsearch", "aiohttp"]
    assert _converted(root).after == {}
