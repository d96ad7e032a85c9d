"""Reads what the probes wrote: one run of the tests, or of the app, as frozen data."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

# An async plugin adds its backend to a test's id; it is the same test.
BACKEND = re.compile(r"(?<=[\[-])asyncio(?:\+uvloop)?(?=[\]-])")


@dataclass(frozen=True, slots=True)
class Place:
    """A blocking call on the loop: what kind, which call, and where in the service. count: how often."""

    kind: str
    call: str
    file: str
    line: int
    function: str
    count: int


@dataclass(frozen=True, slots=True)
class Request:
    """One request and its answer. test: the test that made it, and number: its how-manieth; function: its endpoint.

    statements: how many SQL statements; most: the one that ran with most different parameters, and with how many;
    held: the loop's longest step, in seconds, and whose it was; io: whether it touched database, file or network."""

    test: str
    number: int
    method: str
    path: str
    function: str
    is_async: bool
    status: int | None
    headers: Mapping[str, str]
    body: str
    statements: int
    most: tuple[str, int]
    blocking: tuple[Place, ...]
    held: tuple[float, str]
    io: bool


@dataclass(frozen=True, slots=True)
class App:
    """Routes ("GET /path" -> function and colour) and OpenAPI documents by mount. error: why there are none."""

    routes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    documents: Mapping[str, Any] = field(default_factory=dict)
    error: str = ""

    def label(self, request: Request) -> str:
        """`GET /items/{id}`; the function's name, or the path, when the app's routes are unknown."""
        labels = [
            label
            for label, info in self.routes.items()
            if info["function"] == request.function and label.startswith(request.method + " ")
        ]
        return " or ".join(labels[:2]) or f"{request.method} {request.function or request.path.partition('?')[0]}"


@dataclass(frozen=True, slots=True)
class SuiteRun:
    """A run of the tests. error: why nothing can be said of it; watched: whether pytest ran with the probes."""

    outcomes: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    requests: tuple[Request, ...] = ()
    app: App = App(error="no tests ran")
    error: str = ""
    watched: bool = True

    @property
    def passed(self) -> frozenset[str]:
        """The ids of the tests that passed."""
        return frozenset(test for test, outcome in self.outcomes.items() if outcome == "passed")


def read_app(file: Path, otherwise: str) -> App:
    """The app that a probe described. otherwise: the error when it wrote nothing."""
    try:
        data = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        return App(error=otherwise)
    return App(data.get("routes", {}), data.get("documents", {}), data.get("error", ""))


def read_requests(out: Path) -> tuple[Request, ...]:
    """All requests of a run, each test's in their order."""
    found = [_request(json.loads(line)) for file in sorted(out.glob("requests-*.jsonl")) for line in _lines(file)]
    return tuple(sorted(found, key=lambda request: (request.test, request.number)))


def read_suite(out: Path) -> tuple[dict[str, str], dict[str, str], list[str]]:
    """(outcomes, first lines of errors, modules that came from the user's own folder) of a run of the tests."""
    outcomes: dict[str, str] = {}
    errors: dict[str, str] = {}
    leaked: list[str] = []
    for file in sorted(out.glob("tests-*.json")):
        data = json.loads(file.read_text("utf-8"))
        outcomes |= {test_id(name): outcome for name, outcome in data.get("outcomes", {}).items()}
        errors |= {test_id(name): text for name, text in data.get("errors", {}).items()}
        leaked += data.get("leaked", [])
    return outcomes, errors, leaked


def test_id(name: str) -> str:
    """A test's id without the backend of an async plugin."""
    without = BACKEND.sub("", name)
    return (
        without.replace("[]", "").replace("[-", "[").replace("-]", "]").replace("--", "-") if without != name else name
    )


def _lines(file: Path) -> Iterator[str]:
    return (line for line in file.read_text("utf-8", "replace").splitlines() if line)


def _request(data: dict[str, Any]) -> Request:
    return Request(
        test=test_id(data["test"]),
        number=data["number"],
        method=data["method"],
        path=data["path"],
        function=data["function"],
        is_async=data["async"],
        status=data["status"],
        headers=data["headers"],
        body=data["body"],
        statements=data["statements"],
        most=(data["most"][0], data["most"][1]),
        blocking=tuple(Place(**place) for place in data["blocking"]),
        held=(data["held"][0], data["held"][1]),
        io=data["io"],
    )
