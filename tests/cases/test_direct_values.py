"""Arguments of requests that are followed through names, functions and attributes, and handlers of callers: the same
requests and the same answers over a real server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ..pipeline_tools import answers, outcomes  # noqa: TID252
from .test_direct_requests import _converted, _reasons, _service
from .wire_server import serving

CLIENT = """
import os

import requests
from pydantic import BaseModel, HttpUrl


class Settings(BaseModel):
    base: str = "URL"
    hook: HttpUrl = HttpUrl("URL/hook")
    timeout: float = 5
    checks: bool = True


settings = Settings()
DEFAULTS = {"X-From": "here"}


class Failed(Exception):
    pass


class Vendor:
    def __init__(self, token):
        self.base = settings.base
        self.token = token
        self.kept = {"X-Kept": f"k{token}"}

    def _headers(self):
        headers = {"Authorization": f"Bearer {self.token}", **DEFAULTS}
        if self.token == "special":
            headers["X-Special"] = "yes"
        return headers

    @property
    def where(self):
        return os.environ.get("VENDOR", "") + self.base

    def _auth(self):
        return ("user", "pass%s" % self.token)

    def listed(self, page, words):
        url = f"{self.where}/list"
        params = {"page": page, "size": 10}
        if words:
            params["words"] = str(words[0])
        response = requests.get(url, params=params, headers=self._headers(), timeout=settings.timeout)
        response.raise_for_status()
        return response.json()

    def kept_headers(self):
        return requests.get(self.base + "/kept", headers=self.kept, auth=self._auth(), timeout=5).json()

    def form(self, item):
        fields = dict(item=item, number=3)
        return requests.post(self.base + "/form", data=fields, verify=settings.checks, timeout=5).json()

    def hooked(self):
        payload = {"a": None, "b": [1, {"c": 2.5}]}
        return requests.post(settings.hook, json=payload, timeout=5).json()[0].partition("\\r\\n")[0]


def status(path):
    response = requests.get(f"{settings.base}{path}", timeout=(5, 0.2))
    response.raise_for_status()
    return response.status_code


def failing(path: str) -> int:
    if path == "/by-hand":
        raise requests.exceptions.Timeout("by hand")
    return status(path)
"""
MAIN = """
from app.client import Failed, Vendor, failing, status

vendor = Vendor("t")


@app.get("/list")
def listed(page: int, word: str = ""):
    said = vendor.listed(page, [word] if word else [])
    return [said[0].splitlines()[0], [line for line in said[0].splitlines() if line[:5] in ("Autho", "X-Fro")]]


@app.get("/kept")
def kept():
    return [line for line in vendor.kept_headers()[0].splitlines() if line[:5].lower() in ("autho", "x-kep")]


@app.get("/form")
def form(item: str):
    return vendor.form(item)[1]


@app.get("/hook")
def hook():
    return vendor.hooked()


@app.get("/status")
def read_status(path: str):
    try:
        return status(path)
    except (KeyError, requests.Timeout):
        raise HTTPException(504, "late")
    except requests.HTTPError as error:
        logger.info("it says %s", error)
        raise HTTPException(502, f"status {error.response.status_code}")
    except requests.RequestException:
        raise HTTPException(503, "gone")


@app.get("/failing")
def read_failing(path: str):
    try:
        return failing(path)
    except requests.RequestException:
        raise HTTPException(503, "gone")
"""
ASKED: list[tuple[str, str, Any]] = [
    ("GET", "/list?page=2", None), ("GET", "/list?page=2&word=a%20b", None), ("GET", "/kept", None),
    ("GET", "/form?item=a%26b", None), ("GET", "/hook", None),
    *(("GET", f"/status?path={path}", None) for path in ("/x", "/404", "/500", "/slow", "/close", "/loop")),
    *(("GET", f"/failing?path={path}", None) for path in ("/x", "/404", "/by-hand", "/close")),
]  # fmt: skip


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with serving() as server:
        yield f"http://127.0.0.1:{server.server_address[1]}"


def test_followed_values_are_sent_as_they_were(tmp_path: Path, url: str) -> None:
    root = _service(tmp_path, url, MAIN, client=CLIENT)
    before = answers(root, ASKED)
    result = _converted(root)
    text, client = (root / "app/main.py").read_text(), (root / "app/client.py").read_text()
    assert set(outcomes(result).values()) == {"native"}, client + text + _reasons(result)
    assert "to_thread" not in client and "verify=settings.checks) as client" in client, client
    assert "str(settings.hook)" in client
    assert "except (KeyError, httpx.TimeoutException):" in text
    assert "except (requests.RequestException, httpx.HTTPError, httpx.InvalidURL):" in text
    after = answers(root, ASKED)
    pairs = zip(ASKED, before["answers"], after["answers"], strict=True)
    assert [(asked[1], old, new) for asked, old, new in pairs if old != new] == []
    assert before["answers"][0][0] == 200, before["answers"][0]
    assert _converted(root).after == {}


LEFT = {
    "its headers are not known": """
        headers = {"X-A": "a"}
        if maybe:
            headers["X-B"] = maybe
        else:
            headers["X-B"] = 3
        return requests.get("URL/x", headers=headers).status_code""",
    "params= has values": """
        params = {"a": 1}
        params.update(b=maybe)
        return requests.get("URL/x", params=params).status_code""",
    "its address may have a query": """
        return ask("/x?a=1")""",
    "may have a query already": """
        return requests.get(settings.hook, params={"b": 1}).status_code""",
    "its address is not known": """
        return requests.get(where(maybe)).status_code""",
    "auth= is not a pair": """
        return requests.get("URL/x", auth=sign).status_code""",
    "it would not catch the error of a body": """
        try:
            return read("/x")
        except requests.RequestException:
            return 1""",
    "in the same block may raise what": """
        try:
            httpx.get("URL/x")
            return fetch("/x")
        except requests.RequestException:
            return 1""",
    "a decorator of": "return wrapped()",
}
AROUND = """
import httpx
import tenacity
from pydantic import BaseModel


class Settings(BaseModel):
    hook: str = "URL/x?a=1"


settings = Settings()


def ask(path):
    return requests.get("URL" + path, params={"b": 1}).status_code


def where(maybe):
    if maybe:
        return "URL/x"


def sign(request):
    return request


def read(path: str):
    return requests.get(f"URL{path}").json()


def fetch(path: str):
    return requests.get(f"URL{path}").status_code


@tenacity.retry(retry=tenacity.retry_if_exception_type(requests.Timeout), stop=tenacity.stop_after_attempt(2))
def wrapped():
    return other()


def other():
    return requests.get("URL/x").status_code
"""


def test_what_is_not_known_stays(tmp_path: Path) -> None:
    routes = [
        f"\n\n@app.get('/it{number}')\ndef it{number}(maybe: str | None = None):\n    {body.strip()}\n".replace(
            "\n        ", "\n    "
        )
        for number, body in enumerate(LEFT.values())
    ]
    root = _service(tmp_path, "http://127.0.0.1:9", AROUND + "".join(routes))
    result = _converted(root)
    text, reasons = (root / "app/main.py").read_text(), _reasons(result)
    assert "async with httpx.AsyncClient" not in text, text
    assert [why for why in LEFT if why not in reasons] == [], reasons


def test_a_watcher_of_both_libraries_is_no_fake(tmp_path: Path) -> None:
    watch = """
    from opentelemetry.instrumentation.requests import RequestsInstrumentor
    """
    main = """
    @app.get("/it")
    def it():
        return requests.get("URL/x").status_code
    """
    for name, extra, expected in (
        ("one", "", "httpx.AsyncClient"),
        ("hook", "RequestsInstrumentor().instrument(request_hook=print)", "to_thread"),
        ("both", "from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor", "httpx.AsyncClient"),
    ):
        (tmp_path / name).mkdir()
        root = _service(tmp_path / name, "http://127.0.0.1:9", main, watch=watch.rstrip() + "\n    " + extra)
        _converted(root)
        assert expected in (root / "app/main.py").read_text()
