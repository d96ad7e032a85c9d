"""Clients of Slack and Qdrant with their native async form: the same answers over a server that speaks their format."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ..pipeline_tools import answers, converted, outcomes, write_service  # noqa: TID252
from .wire_server import ANSWERS, JSON, serving

pytest.importorskip("slack_sdk")
pytest.importorskip("qdrant_client")
pytest.importorskip("aiohttp")

MAIN = """
from fastapi import FastAPI, HTTPException
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from qdrant_client import QdrantClient, models
app = FastAPI()
client = WebClient(token="xoxb-1", base_url="URL/", timeout=5)
store = QdrantClient(url="URL", check_compatibility=False)

class Notifier:
    def __init__(self, token: str):
        self.client = WebClient(token=token, base_url="URL/")

    def send(self, text: str) -> str:
        response = self.client.chat_postMessage(channel="c", text=text)
        return response["ts"]

notifier = Notifier("t")

@app.get("/sent")
def sent(path: str):
    try:
        response = client.chat_postMessage(channel="c", text=path)
    except SlackApiError as error:
        raise HTTPException(502, error.response["error"])
    return [response.get("ts"), response["ok"], response.status_code, response.data["ok"]]

@app.get("/kept")
def kept(path: str):
    return notifier.send(path)

@app.get("/found")
def found(path: str):
    hits = store.query_points("c", query=[0.1, 0.2], limit=3).points
    return [hit.id for hit in hits]

@app.get("/made")
def made(path: str):
    own = QdrantClient(url="URL", check_compatibility=False)
    try:
        return own.collection_exists("c")
    finally:
        own.close()


@app.get("/failed")
def failed(path: str):
    try:
        client.reactions_add(channel="c", name="n", timestamp="1")
    except SlackApiError as error:
        raise HTTPException(502, [error.response["error"], str(error)[:60]])


paging = WebClient(token="xoxb-2", base_url="URL/")


@app.get("/pages")
def pages(path: str):
    found = []
    for page in paging.conversations_list(limit=1):
        found += [channel["id"] for channel in page["channels"]]
    return found


catching = WebClient(token="xoxb-3", base_url="URL/")


@app.get("/caught")
def caught(path: str):
    try:
        return catching.api_test()["ok"]
    except OSError:
        return "gone"


uploading = WebClient(token="xoxb-3", base_url="URL/")


@app.get("/upload")
def upload(path: str):
    return uploading.files_upload(file=b"x", filename="x")["ok"]


retrying = WebClient(token="xoxb-3", base_url="URL/", retry_handlers=[])


@app.get("/retried")
def retried(path: str):
    return retrying.api_call("api.test", params={"a": "1"})["ok"]


@app.get("/called")
def called(path: str):
    return client.api_call("api.test", params={"a": "1"})["ok"]
"""
TOLD = {
    "/chat.postMessage": b'{"ok": true, "ts": "1.2"}',
    "/reactions.add": b'{"ok": false, "error": "no_reaction"}',
    "/conversations.list": b'{"ok": true, "channels": [{"id": "C1"}], "response_metadata": {"next_cursor": ""}}',
    "/api.test": b'{"ok": true}',
    "/files.upload": b'{"ok": true}',
    "/collections/c/points/query": b'{"result": {"points": [{"id": 7, "version": 1, "score": 0.5}]}, "time": 0.1}',
    "/collections/c/exists": b'{"result": {"exists": true}, "status": "ok", "time": 0.1}',
}
NATIVE = ("sent", "kept", "found", "made", "failed", "pages", "called")
STAY = ("caught", "upload", "retried")
ASKED: list[tuple[str, str, Any]] = [("GET", f"/{name}?path=x", None) for name in (*NATIVE, *STAY)]


@pytest.fixture
def url(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    for path, body in TOLD.items():
        monkeypatch.setitem(ANSWERS, path, ("200 OK", body, [("Content-Type", JSON)]))
    with serving() as server:
        yield f"http://127.0.0.1:{server.server_address[1]}"


def test_answers_are_the_same(tmp_path: Path, url: str) -> None:
    files = {"app/main.py": MAIN.replace("URL", url), "requirements.txt": "fastapi\nslack-sdk\nqdrant-client\n"}
    root = write_service(tmp_path, files, basic=False)
    before = answers(root, ASKED)
    result = converted(root, python=Path(sys.executable))
    text = (root / "app/main.py").read_text()
    found = {**{f"GET /{name}": "native" for name in NATIVE}, **{f"GET /{name}": "bridged" for name in STAY}}
    assert outcomes(result) == found, text
    assert "async for page in await paging.conversations_list(limit=1):" in text
    assert "    await store.close()\n" in text
    assert "aiohttp" in (root / "requirements.txt").read_text()
    told = {reason.message.rpartition(": ")[2] for reason in result.plan.warnings if reason.rule == "client"}
    assert "`except OSError` would not catch what the async form raises" in told
    assert answers(root, ASKED) == before
    assert converted(root, python=Path(sys.executable)).after == {}


@pytest.mark.parametrize(
    ("line", "why"),
    [("import urllib.error", "urllib.error has no like"), ("kind = models.Document", "models.Document has no like")],
)
def test_what_the_async_form_lacks_keeps_the_client(tmp_path: Path, line: str, why: str) -> None:
    text = MAIN.replace("URL", "http://127.0.0.1:9").replace("app = FastAPI()", f"app = FastAPI()\n{line}")
    root = write_service(tmp_path, {"app/main.py": text}, basic=False)
    result = converted(root, python=Path(sys.executable))
    assert any(why in reason.message for reason in result.plan.warnings)
    kept = "client = WebClient(" if "urllib" in line else "store = QdrantClient("
    assert kept in (root / "app/main.py").read_text()
