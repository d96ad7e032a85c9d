"""Calls of requests that OpenTelemetry traces, and exceptions that functions are asked about: the same over a real
server."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path

import pytest

from ..pipeline_tools import answers, outcomes  # noqa: TID252
from .test_direct_requests import _converted, _reasons, _service
from .wire_server import serving

WATCH = """
from opentelemetry.instrumentation.requests import RequestsInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

exporter = InMemorySpanExporter()


def start():
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    RequestsInstrumentor().instrument(tracer_provider=provider)
"""
MAIN = """
from app.watch import exporter, start

start()


@app.get("/it")
def it(path: str):
    response = requests.get(f"URL{path}", timeout=5)
    if not response.ok:
        return response.status_code
    return "traceparent:" in response.json()[0].lower()


@app.get("/spans")
def spans():
    spans = [(span.name, dict(span.attributes)) for span in exporter.get_finished_spans()]
    return [[name, {key: told[key] for key in told if key != "user_agent.original"}] for name, told in spans]
"""
ASKED = [("GET", "/it?path=/x", None), ("GET", "/it?path=/404", None), ("GET", "/spans", None)]
INSTALLED = importlib.util.find_spec("opentelemetry") and importlib.util.find_spec("opentelemetry.instrumentation")


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with serving() as server:
        yield f"http://127.0.0.1:{server.server_address[1]}"


def test_tracing_goes_on(tmp_path: Path, url: str) -> None:
    root = _service(tmp_path, url, MAIN, watch=WATCH)
    before = answers(root, ASKED) if INSTALLED else {}
    result = _converted(root)
    watch = (root / "app/watch.py").read_text()
    assert outcomes(result)["GET /it"] == "native", _reasons(result)
    assert "    HTTPXClientInstrumentor().instrument(tracer_provider=provider)\n" in watch
    assert "from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor\n" in watch
    assert "opentelemetry-instrumentation-httpx" in (root / "requirements.txt").read_text()
    assert any("OpenTelemetry traces httpx" in reason.message for reason in result.plan.warnings)
    if before:
        after = answers(root, ASKED)
        assert before["answers"][0][1] is True and len(before["answers"][2][1]) == 2
        assert after == before
    assert _converted(root).after == {}


ASKS = """
class Reader:
    def __init__(self, base: str):
        self.base = base

    def _is_late(self, error) -> bool:
        return isinstance(error, requests.exceptions.Timeout)

    def slow(self) -> int | None:
        for _ in range(2):
            try:
                return requests.get(f"{self.base}/slow", timeout=(5, 0.1)).status_code
            except Exception as error:
                if not self._is_late(error):
                    raise
        return None


@app.get("/plain")
def plain(path: str):
    return requests.get(f"URL{path}", timeout=5).status_code


@app.get("/asked")
def asked(path: str):
    try:
        return requests.get(f"URL{path}", timeout=(5, 0.1)).status_code
    except Exception as error:
        return isinstance(error, requests.exceptions.Timeout)


@app.get("/slow")
def slow():
    return Reader("URL").slow()
"""


def test_asked_exceptions_hold_only_their_own_calls(tmp_path: Path, url: str) -> None:
    root = _service(tmp_path, url, ASKS)
    given = [("GET", "/plain?path=/x", None), ("GET", "/asked?path=/x", None), ("GET", "/asked?path=/slow", None)]
    given += [("GET", "/asked?path=/close", None), ("GET", "/slow", None)]
    before = answers(root, given)
    result = _converted(root)
    found = {"GET /plain": "native", "GET /asked": "bridged", "GET /slow": "bridged"}
    assert outcomes(result) == found, _reasons(result)
    assert answers(root, given) == before


def test_a_kept_exception_that_is_asked_holds_all(tmp_path: Path) -> None:
    main = """
    class Last:
        error: Exception | None = None


    @app.get("/it")
    def it():
        return requests.get("URL/x").status_code


    @app.get("/last")
    def last():
        return isinstance(Last.error, requests.exceptions.Timeout)
    """
    root = _service(tmp_path, "http://127.0.0.1:9", main)
    assert "requests.exceptions.Timeout is named at app/main.py:" in _reasons(_converted(root))
