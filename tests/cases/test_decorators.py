"""Decorators of libraries over functions that do I/O: those that know coroutines move, the others hold back."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ..pipeline_tools import answers, converted, outcomes, write_service  # noqa: TID252
from .wire_server import serving

pytest.importorskip("tenacity")
MAIN = """
from functools import cache, lru_cache
from time import sleep

import requests
from fastapi import FastAPI
from tenacity import retry, retry_if_exception_type, stop_after_attempt, wait_fixed

app = FastAPI()
attempts: list[str] = []


@retry(
    retry=retry_if_exception_type(requests.HTTPError),
    stop=stop_after_attempt(3),
    wait=wait_fixed(0.01),
    reraise=True,
    before_sleep=lambda state: attempts.append("again"),
)
def fetch(path: str) -> str:
    attempts.append(path)
    response = requests.get(f"URL{path}")
    if path != "/404" or len(attempts) > 4:
        return response.reason
    response.raise_for_status()


@retry(stop=stop_after_attempt(2), sleep=sleep)
def other(path: str) -> int:
    return requests.get(f"URL{path}").status_code


@lru_cache(maxsize=8)
def cached(path: str) -> list[int]:
    return [requests.get(f"URL{path}").status_code]


@cache
def forever(path: str) -> int:
    return requests.get(f"URL{path}").status_code


@app.get("/retried")
def retried():
    return [fetch("/a"), fetch("/404"), attempts]


@app.get("/cached")
def from_cache():
    return [cached("/b") is cached("/b"), cached.cache_info().hits, forever("/c"), forever("/c"), other("/d")]
"""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with serving() as server:
        yield f"http://127.0.0.1:{server.server_address[1]}"


def test_retries_move_and_caches_stay(tmp_path: Path, url: str) -> None:
    root = write_service(tmp_path, {"app/main.py": MAIN.replace("URL", url)}, basic=False)
    asked = [("GET", "/retried", None), ("GET", "/cached", None)]
    before = answers(root, asked)
    assert [status for status, _ in before["answers"]] == [200, 200]
    result = converted(root, python=Path(sys.executable), http="async_requests")
    assert outcomes(result) == {"GET /retried": "native", "GET /cached": "bridged"}
    assert answers(root, asked) == before
    text = (root / "app/main.py").read_text()
    assert "async def fetch(" in text and '[await fetch("/a"), await fetch("/404"), attempts]' in text
    assert "\ndef cached(" in text and "\ndef forever(" in text and "\ndef other(" in text
    said = {item.function: item.reasons[0].message for item in result.plan.functions if item.after == "sync"}
    assert said["app.main.cached"] == "@lru_cache would keep the coroutine, which can be awaited only once"
    assert said["app.main.other"] == "@retry with sleep= may not know coroutines"


LIMITED = """
import requests
from fastapi import FastAPI, Request
from fastapi_cache import FastAPICache
from fastapi_cache.backends.inmemory import InMemoryBackend
from fastapi_cache.decorator import cache
from slowapi import Limiter, _rate_limit_exceeded_handler
from slowapi.errors import RateLimitExceeded
from slowapi.util import get_remote_address

limiter = Limiter(key_func=get_remote_addressSTORAGE)
app = FastAPI()
app.state.limiter = limiter
app.add_exception_handler(RateLimitExceeded, _rate_limit_exceeded_handler)
FastAPICache.init(InMemoryBackend())


@app.get("/limited")
@limiter.limit("2/minute")
def limited(request: Request):
    return requests.get("URL/a").status_code


@app.get("/kept")
@cache(expire=60)
def kept():
    return requests.get("URL/b").json()
"""


@pytest.mark.parametrize("storage", ["", ', storage_uri="memory://"'])
def test_limits_and_caches_of_routes(tmp_path: Path, url: str, storage: str) -> None:
    pytest.importorskip("slowapi")
    pytest.importorskip("fastapi_cache")
    root = write_service(
        tmp_path, {"app/main.py": LIMITED.replace("URL", url).replace("STORAGE", storage)}, basic=False
    )
    asked = [("GET", path, None) for path in ("/limited", "/limited", "/limited", "/kept", "/kept")]
    before = answers(root, asked)
    assert [status for status, _ in before["answers"]] == [200, 200, 429, 200, 200]
    found = outcomes(converted(root, python=Path(sys.executable), http="async_requests"))
    assert found == {"GET /limited": "left" if storage else "native", "GET /kept": "native"}
    assert answers(root, asked) == before
