"""Calls of requests that become a client of httpx around the statement: the same answers, over a real server."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from awaitify.pipeline import Result

from ..pipeline_tools import answers, converted, outcomes, write_service  # noqa: TID252
from .wire_server import serving

HEAD = """
import logging

import requests
from fastapi import FastAPI, HTTPException

app = FastAPI()
logger = logging.getLogger(__name__)
"""
ROUTES = """
TOKEN = "t"


def headers() -> dict[str, str]:
    return {"Authorization": f"Bearer {TOKEN}"}


@app.get("/get")
def get(path: str):
    # What the other service says.
    response = requests.get(f"URL{path}", timeout=5)  # at most
    if not response.ok:
        return [response.status_code, response.reason]
    return [response.status_code, response.headers.get("content-type"), response.content[-4:].decode("latin-1")]


@app.get("/raised")
def raised(path: str):
    try:
        response = requests.get(
            f"URL{path}",
            headers=headers(),
            timeout=(5, 0.2),
        )
        response.raise_for_status()
        return response.json()[1]
    except requests.Timeout as exc:
        logger.warning("late: %s", exc)
        raise HTTPException(504, "late") from exc
    except requests.HTTPError as exc:
        logger.error(f"{exc.response.text[:10]} {exc}")
        raise HTTPException(502, f"status {exc.response.status_code}") from exc
    except requests.exceptions.RequestException:
        raise HTTPException(503, "gone")


@app.get("/sent")
def sent(item: str, number: int):
    first = requests.post("URL/a", json={"item": item}, headers={"X-A": item}, timeout=5)
    second = requests.put("URL/b", data={"item": item, "number": number}, auth=("u", "p"), timeout=5)
    third = requests.delete("URL/c", json=[number], timeout=5)
    fourth = requests.request("PATCH", "URL/d", params={"q": item, "n": number}, data="text", timeout=5)
    bodies = [first.json()[1].replace(": ", ":"), second.json()[1], third.json()[1], fourth.json()[1]]
    lines = [answer.partition("\\r\\n")[0] for answer in (fourth.json()[0], second.json()[0])]
    return [bodies, lines, bool(first.headers["content-type"])]


@app.get("/plain")
def plain(path: str) -> int:
    requests.post("URL/seen", json={"a": 1}, timeout=5)
    return requests.get("URL" + path, timeout=5, allow_redirects=False).status_code
"""
PATHS = ("/x", "/r1", "/404", "/500", "/slow", "/html", "/close", "/loop", "/empty", "/cut", "/elsewhere")
GIVEN = [(name, path) for path in PATHS for name in ("get", "raised")]
ASKED: list[tuple[str, str, Any]] = [("GET", f"/{name}?path={path}", None) for name, path in GIVEN]
ASKED += [("GET", "/sent?item=a%20b&number=3", None)]
ASKED += [("GET", f"/plain?path={path}", None) for path in ("/x", "/r1", "/404")]


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with serving() as server:
        yield f"http://127.0.0.1:{server.server_address[1]}"


def _service(root: Path, url: str, main: str, basic: bool = False, **files: str) -> Path:
    texts = {"app/main.py": HEAD + dedent(main), **{f"app/{name}.py": dedent(text) for name, text in files.items()}}
    texts = {name: text.replace("URL", url) for name, text in texts.items()}
    return write_service(root, {**texts, "requirements.txt": "fastapi\nrequests\n"}, basic=basic)


def _converted(root: Path, **settings: str) -> Result:
    return converted(root, python=Path(sys.executable), **settings)


def _reasons(result: Result) -> str:
    return "\n".join(reason.message for item in result.plan.functions for reason in item.reasons)


def test_answers_are_the_same(tmp_path: Path, url: str) -> None:
    root = _service(tmp_path, url, ROUTES)
    before = answers(root, ASKED)
    result = _converted(root)
    text = (root / "app/main.py").read_text()
    assert set(outcomes(result).values()) == {"native"}, text + _reasons(result)
    assert "requests" not in text and "import httpx\n" in text
    assert text.count("ssl_context = httpx.create_ssl_context()\n") == 1 == text.count("# Made once: each client")
    assert text.count("httpx.AsyncClient(") == text.count("httpx.AsyncClient(verify=ssl_context")
    assert "other-client" in {reason.rule for reason in result.plan.warnings}
    after = answers(root, ASKED)
    assert after["openapi"] == before["openapi"]
    pairs = zip(ASKED, before["answers"], after["answers"], strict=True)
    assert [(asked[1], old, new) for asked, old, new in pairs if old != new] == []
    assert _converted(root).after == {}


STAYS = {
    "its response goes elsewhere": "return requests.get('URL/x', timeout=5)",
    "stream= has no exact form": "return requests.get('URL/x', stream=True).status_code",
    "verify= is not known": "return requests.get('URL/x', verify=given()).status_code",
    "files= has no exact form": "return requests.post('URL/x', files={}).status_code",
    "its arguments are not plain": "return requests.get('URL/x', **{}).status_code",
    "its address is not known": "return requests.get(given()).status_code",
    "timeout= is not known": "return requests.get('URL/x', timeout=given()).status_code",
    "its headers are not known": "return requests.get('URL/x', headers=given()).status_code",
    "its address may have a query": "return requests.get('URL/x?a=1', params={'a': 1}).status_code",
    "params= has values": "return requests.get('URL/x', params={'a': maybe}).status_code",
    ".text of its response": "return requests.get('URL/x').text",
    "the head of a block": "if requests.get('URL/x').ok:\n        return 1",
    "inside of another": "return [requests.get('URL/x').status_code for _ in 'ab']",
    "what raise_for_status": "return requests.get('URL/x').raise_for_status()",
    ".raise_for_status of its": "it = requests.get('URL/x', allow_redirects=False)\n    it.raise_for_status()",
    "maybe is a parameter": "maybe = requests.get('URL/x')\n    return maybe.status_code",
    "nothing that httpx raises": (
        "try:\n        requests.get('URL/x')\n    except requests.ConnectionError:\n        return 1"
    ),
    "OSError is caught": "try:\n        requests.get('URL/x')\n    except OSError:\n        return 1",
    "ValueError is caught": "try:\n        requests.get(maybe + 'x')\n    except ValueError:\n        return 1",
    "the text or the response": (
        "try:\n        requests.get('URL/x')\n    except requests.RequestException as e:\n        return str(e)"
    ),
    "may raise what its handlers": (
        "try:\n        requests.get('URL/x')\n        session('URL/x')\n"
        "    except requests.RequestException:\n        return 1"
    ),
    "`open()` blocks, so it runs in a thread": (
        "with open('/dev/null', 'wb') as file:\n        file.write(requests.get('URL/x').content)"
    ),
    "its function uses": "requests.get('URL/x')\n    return requests.Session().headers['accept']",
}  # fmt: skip
AROUND = """
TABLE = {"x": None}


def given():
    return TABLE["x"]


def session(url: str):
    with requests.Session() as session:
        return session.get(url).status_code


def fetch(url: str) -> int:
    return requests.get(url).status_code


@app.get("/outer")
def outer():
    try:
        return fetch("URL/x")
    except Exception as error:
        return str(error)
"""


@pytest.fixture(scope="module")
def staying(tmp_path_factory: pytest.TempPathFactory) -> tuple[Result, str]:
    """A service of a route for each use that has no exact form, and its text afterwards."""
    routes = [
        f"\n\n@app.get('/it{number}')\ndef it{number}(maybe: str | None = None):\n    {body}\n"
        for number, body in enumerate(STAYS.values())
    ]
    root = _service(tmp_path_factory.mktemp("staying"), "http://127.0.0.1:9", AROUND + "".join(routes))
    result = _converted(root)
    return result, (root / "app/main.py").read_text()


@pytest.mark.parametrize("why", STAYS)
def test_other_uses_stay_in_threads(staying: tuple[Result, str], why: str) -> None:
    name = f"app.main.it{list(STAYS).index(why)}"
    (function,) = [item for item in staying[0].plan.functions if item.function == name]
    messages = "\n".join(reason.message for reason in function.reasons)
    assert f"({why}" in messages or why in messages, messages


def test_a_handler_of_a_caller_keeps_it_in_a_thread(staying: tuple[Result, str]) -> None:
    result, text = staying
    assert "httpx" not in text
    (function,) = [item for item in result.plan.functions if item.function == "app.main.fetch"]
    assert "app.main.outer: the text or the response of its exception" in str(function.reasons)


def test_a_handler_of_the_application_keeps_all_in_threads(tmp_path: Path) -> None:
    main = """
    @app.exception_handler(requests.RequestException)
    def failed(request, error):
        raise HTTPException(502, str(error))


    @app.get("/it")
    def it():
        return requests.get("URL/x").status_code
    """
    root = _service(tmp_path, "http://127.0.0.1:9", main)
    assert "requests.RequestException is named at app/main.py:" in _reasons(_converted(root))
    assert "await asyncio.to_thread(requests.get" in (root / "app/main.py").read_text()


def test_a_twin_beside_what_a_worker_calls(tmp_path: Path, url: str) -> None:
    main = """
    from fastapi import Depends
    from sqlalchemy.orm import Session

    from app.database import SessionLocal, get_db
    from app.models import Item


    def fetch(db: Session, path: str) -> int:
        if db.get(Item, 1) is None:
            db.add(Item(name=path))
            db.commit()
        answer = requests.get(f"URL{path}", timeout=5)
        return answer.status_code if not answer else len(db.get(Item, 1).name)


    @app.get("/it")
    def it(path: str, db: Session = Depends(get_db)):
        return fetch(db, path)
    """
    worker = """
    import requests
    from app.database import SessionLocal
    from app.main import fetch

    if __name__ == "__main__":
        try:
            with SessionLocal() as db:
                print(fetch(db, "/close"))
        except requests.RequestException:
            print("gone")
    """
    root = _service(tmp_path, url, main, basic=True, worker=worker)
    asked = [("GET", "/it?path=/x", None), ("GET", "/it?path=/404", None)]
    before = answers(root, asked)
    _converted(root)
    text = (root / "app/main.py").read_text()
    assert "    answer = requests.get(" in text and "        answer = await client.get(" in text
    assert answers(root, asked) == before
    command = [sys.executable, "-m", "app.worker"]
    assert subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=60).stdout == "gone\n"
