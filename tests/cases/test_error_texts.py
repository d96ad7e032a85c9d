"""What an exception of requests says, in logs, answers and decisions; headers whose values nobody declared: the same
answers over a real server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ..pipeline_tools import answers, outcomes  # noqa: TID252
from .test_direct_requests import _converted, _reasons, _service
from .wire_server import serving

MAIN = """
class Failed(Exception):
    pass


def fetch(path):
    try:
        response = requests.get(f"URL{path}", timeout=(5, 0.2))
        response.raise_for_status()
        return response.status_code
    except requests.RequestException as exc:
        raise Failed(f"{path}: {exc}") from exc


@app.get("/raised")
def raised(path: str):
    try:
        return fetch(path)
    except Failed as exc:
        raise HTTPException(502, "failed") from exc


@app.get("/answered")
def answered(path: str):
    results = []
    try:
        results.append(requests.get(f"URL{path}", timeout=(5, 0.2)).status_code)
    except Exception as exc:
        message = str(exc)
        results.append({"error": bool(results), "text": message[:0]})
    return results


@app.get("/logged")
def logged(path: str):
    try:
        requests.get(f"URL{path}", timeout=(5, 0.2)).raise_for_status()
    except Exception as exc:
        logger.warning("failed", extra={"path": path, "error": str(exc)})
        return "failed"
    return "fine"


@app.get("/decided")
def decided(path: str):
    try:
        requests.get(f"URL{path}", timeout=(5, 0.2)).raise_for_status()
    except Exception as exc:
        text = str(exc)
        return "late" if "timed out" in text else "failed"
    return "fine"


@app.get("/looked")
def looked(path: str):
    try:
        requests.get(f"URL{path}", timeout=(5, 0.2)).raise_for_status()
    except Exception as exc:
        return str(exc).startswith("404")
    return "fine"
"""
PATHS = ("/x", "/404", "/500", "/slow", "/close", "/loop")
ASKED: list[tuple[str, str, Any]] = [
    ("GET", f"/{name}?path={path}", None)
    for path in PATHS
    for name in ("raised", "answered", "logged", "decided", "looked")
]
ALWAYS = {"GET /logged": "native", "GET /decided": "bridged", "GET /looked": "bridged"}


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with serving() as server:
        yield f"http://127.0.0.1:{server.server_address[1]}"


def test_texts_stay_as_they_are(tmp_path: Path, url: str) -> None:
    root = _service(tmp_path, url, MAIN)
    before = answers(root, ASKED)
    result = _converted(root)
    assert outcomes(result) == {"GET /raised": "bridged", "GET /answered": "bridged", **ALWAYS}, _reasons(result)
    assert answers(root, ASKED) == before


def test_texts_may_change(tmp_path: Path, url: str) -> None:
    root = _service(tmp_path, url, MAIN)
    before = answers(root, ASKED)
    result = _converted(root, http_error_texts="may-change")
    assert outcomes(result) == {"GET /raised": "native", "GET /answered": "native", **ALWAYS}, _reasons(result)
    assert answers(root, ASKED) == before


HEADERS = """
KEYS = {"one": "k1", "none": None, "number": 3}


def headers_of(key):
    headers = {"X-Key": KEYS.get(key), "X-More": "m"}
    return headers


@app.get("/sent")
def sent(key: str):
    response = requests.get("URL/x", headers=headers_of(key), timeout=5)
    return [line for line in response.json()[0].splitlines() if line.startswith("X-")]


@app.get("/written")
def written(key: str, token: str | None = None):
    try:
        response = requests.post("URL/x", headers={"X-Key": token}, timeout=5)
    except requests.RequestException:
        raise HTTPException(502)
    return [line for line in response.json()[0].splitlines() if line.startswith("X-")]


@app.get("/told")
def told(key: str):
    try:
        response = requests.get("URL/x", headers={"X-Key": KEYS.get(key)}, timeout=5)
    except requests.RequestException:
        raise HTTPException(502)
    return response.status_code
"""


def test_headers_of_unknown_values(tmp_path: Path, url: str) -> None:
    root = _service(tmp_path, url, HEADERS)
    asked = [("GET", f"/{name}?key={key}", None) for name in ("sent", "told") for key in ("one", "none", "number")]
    asked += [("GET", "/written?key=x", None), ("GET", "/written?key=x&token=t", None)]
    before = answers(root, asked)
    assert before["answers"][2][0] == 500 and before["answers"][5][0] == 502
    result = _converted(root)
    found = {"GET /sent": "native", "GET /written": "native", "GET /told": "bridged"}
    assert outcomes(result) == found, _reasons(result)
    assert "its headers are not known to be texts" in _reasons(result)
    after = answers(root, asked)
    assert [answer[0] for answer in after["answers"]] == [answer[0] for answer in before["answers"]]
    assert [item for item in after["answers"] if item[0] < 500] == [item for item in before["answers"] if item[0] < 500]


REBOUND = """
import contextlib


@app.get("/again")
def again(path: str):
    found = requests.get(f"URL{path}", timeout=5)
    if not found.ok:
        return [found.reason]
    found = found.json()
    return [len(found), bool(found)]


@app.get("/loop")
def loop(path: str):
    found = None
    lines = []
    for number in (1, 2):
        lines.append(bool(found))
        found = requests.get(f"URL{path}", params={"number": str(number)}, timeout=5)
        if found.status_code == 404:
            return found.reason
        found = found.json()
        lines.append(found[0].splitlines()[0])
    return lines


@app.get("/tried")
def tried(path: str):
    try:
        found = requests.get(f"URL{path}", timeout=5)
        found.raise_for_status()
        found = found.json()
    except Exception:
        logger.exception("not found")
        raise HTTPException(502, "gone")
    return {"first": found[0].splitlines()[0], "ok": bool(found)}


@app.get("/caught")
def caught(path: str):
    found = None
    try:
        found = requests.get(f"URL{path}", timeout=5)
        found = found.json()
    except ValueError:
        pass
    return bool(found)


@app.get("/left")
def left(path: str):
    found = None
    with contextlib.suppress(KeyError):
        found = requests.get(f"URL{path}", timeout=5)
        {}[path if found.ok else None]
        found = found.json()
    return bool(found)


@app.get("/broken")
def broken(path: str):
    while True:
        found = requests.get(f"URL{path}", timeout=5)
        if not found.ok:
            break
        found = found.json()
        return len(found)
    return [bool(found), found is not None]
"""


def test_names_that_are_bound_anew(tmp_path: Path, url: str) -> None:
    root = _service(tmp_path, url, REBOUND)
    asked = [
        ("GET", f"/{name}?path={path}", None)
        for name in ("again", "loop", "tried", "caught", "left", "broken")
        for path in ("/x", "/404", "/html")
    ]
    before = answers(root, asked)
    result = _converted(root)
    native = {f"GET /{name}": "native" for name in ("again", "loop", "tried")}
    assert outcomes(result) == {**native, **{f"GET /{name}": "bridged" for name in ("caught", "left", "broken")}}
    assert answers(root, asked) == before
