"""The module that awaits requests, against requests itself: the same bytes on the wire, answers and exceptions."""

from __future__ import annotations

import asyncio
import importlib.util
import inspect
import io
import re
import sys
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import requests
from awaitify_templates.environment import render
from requests.adapters import HTTPAdapter
from requests.auth import HTTPBasicAuth, HTTPDigestAuth
from urllib3.util import Retry

from .wire_server import Server, certificate, serving

Case = Callable[[Any, str], Any]


def _parts() -> Iterator[bytes]:
    yield b"a"
    yield b"b"


def _paths(*paths: str) -> dict[str, Case]:
    return {path: lambda module, url, path=path: module.get(url + path) for path in paths}


SENT: dict[str, Case] = {
    "plain": lambda m, u: m.get(u),
    "params": lambda m, u: m.get(u + "/a?x=1", params={"a": None, "b": True, "c": [1, 2], "d": "\u00e9 \u00fc&"}),
    "path": lambda m, u: m.get(u + "/a b/[x]/\u00e9/%2f/'|\"?q=[1]&r={z}|^`"),
    "headers": lambda m, u: m.get(
        u, headers={"X-N": None, "x-y": "\u00e9", "Accept-Encoding": None, "User-Agent": None}
    ),
    "header of two lines": lambda m, u: m.get(u, headers={"X": "a\nb"}),
    "header that is a number": lambda m, u: m.get(u, headers={"X": 1}),
    "json": lambda m, u: m.post(u, json={"a": [1, "\u00e9"], "b": None}),
    "form": lambda m, u: m.post(u, data={"a": None, "b": [1, 2], "c": "\u00e9"}),
    "pairs": lambda m, u: m.post(u, data=[("a", 1), ("a", 2)]),
    "bytes": lambda m, u: m.put(u, data=b"\x00\xff"),
    "text": lambda m, u: m.post(u, data="plain"),
    "wide text": lambda m, u: m.post(u, data="\u00e9"),
    "no body": lambda m, u: m.post(u),
    "upload": lambda m, u: m.post(u, files={"f": ("n.txt", io.BytesIO(b"data"), "text/plain")}, data={"k": "v"}),
    "file": lambda m, u: m.post(u, data=io.BytesIO(b"data")),
    "generator": lambda m, u: m.post(u, data=_parts()),
    "delete": lambda m, u: m.delete(u, json={"a": 1}),
    "patch": lambda m, u: m.patch(u, data={"a": 1}),
    "options": lambda m, u: m.options(u),
    "head": lambda m, u: m.head(u + "/r1"),
    "request": lambda m, u: m.request("get", u, params=[("a", "b")]),
    "other method": lambda m, u: m.request("purge", u),
    "cookies": lambda m, u: m.get(u, cookies={"a": "b"}),
    "auth": lambda m, u: m.get(u + "/auth", auth=("u", "p")),
    "auth object": lambda m, u: m.get(u, auth=HTTPBasicAuth("u", "\u00e9")),
    "digest": lambda m, u: m.get(u + "/auth", auth=HTTPDigestAuth("u", "p")),
    "auth in the address": lambda m, u: m.get(u.replace("//", "//u:p%40@")),
    "auth over a redirect": lambda m, u: m.get(u + "/r307", auth=("u", "p")),
    "hook": lambda m, u: m.get(u, hooks={"response": lambda answer, **_: None}),
    "unknown argument": lambda m, u: m.get(u, nonsense=1),
    "stream": lambda m, u: m.get(u + "/chunked", stream=True),
    "proxy": lambda m, u: m.get(u, proxies={"http": "http://127.0.0.1:9"}, timeout=5),
}
ANSWERED: dict[str, Case] = {
    "redirects": lambda m, u: m.get(u + "/r1"),
    "not followed": lambda m, u: m.get(u + "/r1", allow_redirects=False),
    "post redirected": lambda m, u: m.post(u + "/r1", json={"a": 1}),
    "307": lambda m, u: m.post(u + "/r307", json={"a": 1}),
    "303": lambda m, u: m.put(u + "/r303", data="x"),
    **_paths(
        "/loop", "/elsewhere", "/404", "/500", "/304", "/empty", "/gzip", "/bad-gzip", "/html", "/latin", "/untyped"
    ),
    **_paths("/utf16", "/json-as-text", "/cookies", "/chunked", "/http10", "/cut", "/close"),
    "slow": lambda m, u: m.get(u + "/slow", timeout=0.2),
    "slow in a pair": lambda m, u: m.get(u + "/slow", timeout=(1, 0.2)),
    "slow enough": lambda m, u: m.get(u + "/slow", timeout=(None, 30)),
    "slow body": lambda m, u: m.get(u + "/slow-body", timeout=0.2),
    "no time": lambda m, u: m.get(u, timeout=0),
    "time as text": lambda m, u: m.get(u, timeout="1"),
    "three times": lambda m, u: m.get(u, timeout=(1, 2, 3)),
    "refused": lambda m, u: m.get("http://127.0.0.1:9/x"),
    "no scheme": lambda m, u: m.get("example.com"),
    "other scheme": lambda m, u: m.get("foo://x"),
    "no host": lambda m, u: m.get("http://"),
    "no port": lambda m, u: m.get("http://a:b/"),
    "TLS to a plain server": lambda m, u: m.get(u.replace("http", "https"), timeout=0.5),
}
SECURE: dict[str, Case] = {
    "unknown authority": lambda m, u: m.get(u),
    "known": lambda m, u: m.get(u, verify="CERT"),
    "not verified": lambda m, u: m.get(u, verify=False),
    "other name": lambda m, u: m.get(u.replace("localhost", "127.0.0.1"), verify="CERT"),
    "no file": lambda m, u: m.get(u, verify="/nowhere/none.pem"),
}
READS = (
    "status_code", "ok", "reason", "url", "encoding", "apparent_encoding", "text", "content", "is_redirect",
    "is_permanent_redirect", "links",
)  # fmt: skip
CHANGING = re.compile(r"0x[0-9a-f]+|boundary=\w+|--\w{32}|cnonce=\"\w+\"|response=\"\w+\"|\b[0-9a-f]{32}\b")


@pytest.fixture(scope="module", params=["httpx", "httpx2"])
def awaited(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    """The generated module, imported."""
    pytest.importorskip(request.param)
    file = tmp_path_factory.mktemp("generated") / f"async_requests_over_{request.param}.py"
    file.write_text(render("async_requests.py.j2", httpx=request.param))
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[file.stem] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving() as found:
        yield found


@pytest.fixture(scope="module")
def cert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def secure(cert: Path) -> Iterator[Server]:
    with serving(cert) as found:
        yield found


def _url(server: Server, start: str = "http://127.0.0.1") -> str:
    return f"{start}:{server.server_address[1]}"


def _attempt(get: Callable[[], Any]) -> Any:
    try:
        return get()
    except Exception as error:
        return type(error), str(error)


def _facets(answer: Any) -> dict[str, Any]:
    """Everything that can be read of an answer."""
    return {
        **{name: _attempt(lambda name=name: getattr(answer, name)) for name in READS},
        "json": _attempt(answer.json),
        "raised": _attempt(answer.raise_for_status),
        "headers": list(answer.headers.items()),
        "cookies": sorted((item.name, item.value, item.path, item.domain) for item in answer.cookies),
        "history": [(item.status_code, item.url, item.text) for item in answer.history],
        "next": getattr(answer.next, "url", None),
        "parts": [_attempt(lambda: list(answer.iter_lines())), _attempt(lambda: list(answer.iter_content(2)))],
        "truth": bool(answer),
        "request": (answer.request.method, answer.request.url, answer.request.body, dict(answer.request.headers)),
        "raw": (answer.raw.status, answer.raw.version, answer.raw.reason),
        "types": (type(answer), type(answer.elapsed), type(answer.raw)),
    }


def _outcome(result: Any, server: Server) -> str:
    wire, server.seen[:] = list(server.seen), []
    if isinstance(result, Exception):
        request = getattr(result, "request", None)
        found: Any = (type(result).__mro__, str(result), getattr(request, "url", None))
    else:
        found = _facets(result)
        if "boundary" in str(found["request"]):
            found = found["types"], found["status_code"]
    return CHANGING.sub("#", f"{found} {wire}")


def _before(case: Case, url: str, server: Server) -> str:
    server.seen.clear()
    return _outcome(_attempted(lambda: case(requests, url)), server)


def _attempted(call: Callable[[], Any]) -> Any:
    try:
        return call()
    except Exception as error:
        return error


def _after(case: Case, url: str, server: Server, module: ModuleType) -> str:
    async def run() -> Any:
        return await case(module, url)

    return _outcome(_attempted(lambda: asyncio.run(run())), server)


@pytest.mark.parametrize("name", [*SENT, *ANSWERED])
def test_calls(name: str, server: Server, awaited: ModuleType) -> None:
    case = {**SENT, **ANSWERED}[name]
    before = _before(case, _url(server), server)
    assert before
    assert _after(case, _url(server), server, awaited) == before


@pytest.mark.parametrize("name", SECURE)
def test_certificates(name: str, secure: Server, cert: Path, awaited: ModuleType) -> None:
    def case(module: Any, url: str) -> Any:
        given = type("Given", (), {"get": staticmethod(lambda u, **kw: module.get(u, **_named(kw)))})
        return SECURE[name](given, url)

    def _named(kwargs: dict[str, Any]) -> dict[str, Any]:
        return {key: str(cert) if value == "CERT" else value for key, value in kwargs.items()}

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        before = _before(case, _url(secure, "https://localhost"), secure)
        assert _after(case, _url(secure, "https://localhost"), secure, awaited) == before


async def _awaited(value: Any) -> Any:
    return await value if inspect.isawaitable(value) else value


async def _session(make: Callable[[], Any], url: str, server: Server) -> list[Any]:
    session = make()
    session.headers.update({"X-S": "1"})
    session.params, session.auth = {"k": "v"}, ("a", "b")
    calls = [
        lambda: session.get(url + "/cookies"),
        lambda: session.get(url, headers={"X-S": None}),
        lambda: session.post(url + "/r1", json={}),
        lambda: session.request("get", url, None, b"x"),
        lambda: session.head(url + "/r1"),
        lambda: session.put(url, {"a": 1}),
        lambda: session.patch(url, "x"),
        lambda: session.delete(url),
        lambda: session.options(url),
        lambda: session.send(session.prepare_request(requests.Request("GET", url, cookies={"z": "1"}))),
    ]
    found: list[Any] = []
    for call in calls:
        answer = await _awaited(call())
        found += [answer.status_code, answer.text, answer.url, sorted(session.cookies.items())]
    busy = Retry(total=2, status_forcelist=[503], backoff_factor=0.01)
    session.mount("http://", HTTPAdapter(max_retries=busy))
    with pytest.raises(requests.exceptions.RetryError):
        await _awaited(session.get(url + "/503"))
    await _awaited(getattr(session, "aclose", session.close)())
    found.append((await _awaited(session.get(url))).status_code)
    found.append(list(server.seen))
    server.seen.clear()
    return found


def test_sessions(server: Server, awaited: ModuleType) -> None:
    before = asyncio.run(_session(requests.Session, _url(server), server))
    assert len(before[-1]) == 16
    assert asyncio.run(_session(awaited.AsyncSession, _url(server), server)) == before


def test_a_session_outlives_loops(server: Server, awaited: ModuleType) -> None:
    session = awaited.AsyncSession()

    async def twice() -> list[int]:
        return [(await session.get(_url(server))).status_code for _ in range(2)]

    assert [asyncio.run(twice()) for _ in range(3)] == [[200, 200]] * 3


def test_no_thread_waits_for_the_network(server: Server, awaited: ModuleType) -> None:
    async def many() -> int:
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
        session = awaited.AsyncSession()
        calls = [get(_url(server) + "/slow") for get in (awaited.get, session.get) for _ in range(20)]
        answers = await asyncio.gather(*calls)
        await session.aclose()
        return len(answers)

    server.most = 0
    assert asyncio.run(many()) == 40
    assert server.most > 5
