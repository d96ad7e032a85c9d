"""The request that is being handled, and what was seen meanwhile: one JSON line each in `requests-PID.jsonl`."""

from __future__ import annotations

import contextvars
import json
import os
import threading
from typing import Any

OUT = os.environ.get("AWAITIFY_PROBE_OUT", "")
BODY_LIMIT = 200_000  # bytes of a response's body that are kept
STATEMENT_LIMIT = 500  # characters

_lock = threading.Lock()
_file: dict[int, int] = {}  # process -> its open file
test = {"name": "", "number": 0}  # the running test, and how many requests it has made


class Request:
    """One request. statements: SQL text -> its parameters, each time; blocking: place -> how often."""

    def __init__(self, scope: dict[str, Any]) -> None:
        self.scope = scope
        test["number"] += 1
        self.test, self.number = test["name"], test["number"]
        self.statements: dict[str, list[int]] = {}
        self.blocking: dict[Any, int] = {}
        self.held = (0.0, "")  # the longest that it held the loop, in seconds, and in which function
        self.io = False  # whether a call that blocks was made, on the loop or in a thread
        self.status: int | None = None
        self.headers: dict[str, str] = {}
        self.body = b""
        self.sent = b""  # the request's own body

    def count(self, statement: str, parameters: object) -> None:
        """Counts an SQL statement."""
        text = " ".join(statement.split())[:STATEMENT_LIMIT]
        with _lock:
            self.statements.setdefault(text, []).append(hash(repr(parameters)))

    def blocks(self, *place: Any) -> None:
        """Notes a blocking call on the event loop: kind, call, file, line, function."""
        with _lock:
            self.blocking[place] = self.blocking.get(place, 0) + 1


active: contextvars.ContextVar[Request | None] = contextvars.ContextVar("awaitify_request", default=None)


def start_test(name: str) -> None:
    """From now on, requests belong to this test."""
    test.update(name=name, number=0)


def file(kind: str, suffix: str) -> str:
    """The place of a file that this process writes."""
    return os.path.join(OUT, f"{kind}-{os.getpid()}.{suffix}")


def write(request: Request, function: str, is_async: bool) -> None:
    """Adds the request to the file of this process."""
    if not OUT:
        return
    line = json.dumps(_record(request, function, is_async)) + "\n"
    with _lock:
        process = os.getpid()
        if process not in _file:
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
            _file[process] = os.open(file("requests", "jsonl"), flags, 0o600)
        os.write(_file[process], line.encode())


def _record(request: Request, function: str, is_async: bool) -> dict[str, Any]:
    scope = request.scope
    query = scope.get("query_string", b"").decode("latin-1")
    different = [(text, len(set(parameters))) for text, parameters in request.statements.items()]
    names = ("kind", "call", "file", "line", "function", "count")
    return {
        "test": request.test,
        "number": request.number,
        "method": scope.get("method", "WEBSOCKET"),
        "path": scope.get("path", "") + ("?" + query if query else ""),
        "function": function,
        "async": is_async,
        "status": request.status,
        "headers": request.headers,
        "body": request.body[:BODY_LIMIT].decode("utf-8", "backslashreplace"),
        "statements": sum(map(len, request.statements.values())),
        "most": list(max(different, key=lambda item: item[1], default=("", 0))),
        "blocking": [dict(zip(names, (*place, count))) for place, count in request.blocking.items()],
        "held": list(request.held),
        "io": request.io or bool(request.statements),
    }
