"""Services that call requests: in their async form, or in threads where a fake stands in its place."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from awaitify.pipeline import Result

from ..pipeline_tools import answers, converted, outcomes, write_service  # noqa: TID252
from .wire_server import serving

CLIENT = """
import requests

session = requests.Session()
session.headers["X-A"] = "b"


class Client:
    def __init__(self) -> None:
        self.session: requests.Session = requests.Session()
        self.session.auth = ("u", "p")

    def fetch(self, path: str) -> dict:
        return self.session.get(f"URL/{path}").json()


def upstream(path: str, **options) -> requests.Response:
    return requests.request("GET", f"URL{path}", **options)
"""
MAIN = """
import requests
from fastapi import FastAPI, HTTPException
from requests import post

from app.client import Client, session, upstream

app = FastAPI()
client = Client()


@app.get("/fetch")
def fetch(path: str):
    try:
        response = requests.get(f"URL{path}", params={"a": None, "b": True}, timeout=(5, 0.2))
        response.raise_for_status()
    except requests.Timeout as error:
        raise HTTPException(504, str(error))
    except requests.RequestException as error:
        raise HTTPException(502, [type(error).__name__, str(error), error.response is not None])
    if not post("URL/x", json={"a": 1}, headers={"X-N": None}).ok:
        return None
    return {"json": response.text, "url": response.url, "history": [item.url for item in response.history]}


@app.get("/sessions")
def sessions():
    session.get("URL/cookies")
    with requests.Session() as own:
        own.headers.update({"a": "b"})
        return [client.fetch("a"), session.get("URL/b").text, own.post("URL/c", data={"d": 1}).text]


@app.get("/upstream")
def ask():
    return [upstream("/r1", timeout=5).text, upstream("/404", allow_redirects=False).reason]


@app.get("/stream")
def stream():
    with requests.get("URL/chunked", stream=True) as answer:
        found = b"".join(answer.iter_content(2))
    return len(found)
"""
PATHS = ("/x?q=1", "/r1", "/404", "/slow", "/html", "/close", "/loop")
ASKED = [("GET", f"/fetch?path={path}", None) for path in PATHS]
ASKED += [("GET", path, None) for path in ("/sessions", "/sessions", "/upstream", "/stream")]


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with serving() as server:
        yield f"http://127.0.0.1:{server.server_address[1]}"


def _service(root: Path, url: str, **files: str) -> Path:
    named = {"tests/test_app.py" if name == "tests" else f"app/{name}.py": text for name, text in files.items()}
    texts = {name: text.replace("URL", url) for name, text in named.items()}
    return write_service(root, {**texts, "requirements.txt": "fastapi\nrequests\n"}, basic=False)


def _converted(root: Path, **settings: str) -> Result:
    return converted(root, python=Path(sys.executable), **settings)


def test_calls_and_sessions_are_awaited(tmp_path: Path, url: str) -> None:
    root = _service(tmp_path, url, client=CLIENT, main=MAIN)
    before = answers(root, ASKED)
    assert [status for status, _ in before["answers"]] == [200, 200, 502, 504, 200, 502, 502, 200, 200, 200, 200]
    result = _converted(root, http="async_requests")
    found = outcomes(result)
    assert found.pop("GET /stream") == "bridged"
    assert set(found.values()) == {"native"}
    assert answers(root, ASKED) == before
    main, client = (root / "app/main.py").read_text(), (root / "app/client.py").read_text()
    assert "response = await async_requests.get(" in main and "await async_requests.post(" in main
    assert "from requests import post" not in main and "async with AsyncSession() as own:" in main
    assert "    yield\n    await session.aclose()\n" in main and "self.session: AsyncSession = AsyncSession()" in client
    assert "return await async_requests.request(" in client
    assert "httpx" in (root / "requirements.txt").read_text().split()
    assert _converted(root, http="async_requests").after == {}


@pytest.mark.parametrize(
    "test",
    [
        "import responses\n",
        "import requests_mock as fake\n",
        'from unittest.mock import patch\n\nFAKE = patch("app.main.requests.get")\n',
        'def test_it(monkeypatch):\n    import requests\n    monkeypatch.setattr(requests, "get", None)\n',
        'import sys\n\nsys.modules["requests"] = None\n',
    ],
)
def test_what_the_tests_replace_runs_in_threads(tmp_path: Path, url: str, test: str) -> None:
    root = _service(tmp_path, url, client=CLIENT, main=MAIN, tests=test)
    result = _converted(root, http="async_requests")
    text = (root / "app/main.py").read_text()
    assert "await asyncio.to_thread(\n" in text or "await asyncio.to_thread(requests.get" in text
    assert "async_requests" not in text.replace("await session", "") or "AsyncSession" in text
    said = [reason.message for item in result.plan.functions for reason in item.reasons]
    assert any("place)" in text or "the tests replace it" in text for text in said)


@pytest.mark.parametrize("setting", ["", "to_thread"])
def test_it_stays_in_threads_unless_the_module_is_asked_for(tmp_path: Path, url: str, setting: str) -> None:
    root = _service(tmp_path, url, client=CLIENT, main=MAIN)
    before = answers(root, ASKED)
    result = _converted(root, http=setting)
    assert set(outcomes(result).values()) == {"bridged"}
    assert "requirements.txt" not in result.after and "app/async_requests.py" not in result.after
    assert answers(root, ASKED) == before


def test_sync_code_keeps_its_sync_form(tmp_path: Path, url: str) -> None:
    """A function that a worker calls too has a twin; a session of both stays in threads."""
    worker = "from app.client import Client, upstream\n\nif __name__ == '__main__':\n    print(upstream('/x'))\n"
    worker += "    print(Client().fetch('a'))\n"
    root = _service(tmp_path, url, client=CLIENT, main=MAIN, worker=worker)
    before = answers(root, ASKED)
    result = _converted(root, http="async_requests")
    assert "left" not in outcomes(result).values()
    assert answers(root, ASKED) == before
    client = (root / "app/client.py").read_text()
    assert "return requests.request(" in client and "self.session: requests.Session = requests.Session()" in client
