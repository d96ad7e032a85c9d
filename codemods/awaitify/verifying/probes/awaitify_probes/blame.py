"""Whose call is it? The nearest frame of the service's own code, seen from a call that blocks."""

from __future__ import annotations

import functools
import os
import sys
import sysconfig
from collections.abc import Iterator
from typing import Any

CODE = os.path.realpath(os.environ.get("AWAITIFY_PROBE_CODE", os.getcwd())) + os.sep
HERE = os.path.dirname(os.path.abspath(__file__)) + os.sep
STDLIB = (sysconfig.get_path("stdlib") + os.sep, sysconfig.get_path("platstdlib") + os.sep, "<frozen")
# Under these frames a call that blocks is no news: (end of the file's name, functions or None for all).
ALLOWED: tuple[tuple[str, tuple[str, ...] | None], ...] = (
    ("<frozen importlib._bootstrap>", None),
    ("<frozen importlib._bootstrap_external>", None),
    ("logging/__init__.py", None),
    ("warnings.py", None),
    ("linecache.py", None),
    ("threading.py", ("start",)),
    ("asyncio/unix_events.py", ("_start", "_make_subprocess_transport")),
    ("asyncio/base_events.py", ("subprocess_exec", "subprocess_shell", "shutdown_default_executor")),
)
test_files = set()  # those that pytest collected


def place(endpoint: Any, direct: bool) -> tuple[str, int, str] | None:
    """(file below the service's folder, line, function) to blame; None when it is not the service's business.

    direct: only when the service itself makes the call, not a library for it."""
    nearest = found = None
    for frame in _frames():
        file, function = frame.f_code.co_filename, frame.f_code.co_name
        if file.startswith(HERE):
            if function == "_watched":
                break  # further out is the client
            continue
        if any(file.endswith(end) and (names is None or function in names) for end, names in ALLOWED):
            return None
        if found is not None:
            continue
        owner = owner_of(file)
        if owner == "tests":
            return None
        nearest = nearest or (owner if owner != "stdlib" else None)
        if owner == "service" and not (function.startswith("<") and function != "<module>"):  # not a comprehension
            found = (os.path.realpath(file)[len(CODE) :], frame.f_lineno, function)
    if direct and nearest != "service":
        return None
    return found or (None if direct else _outside(endpoint))


def _outside(endpoint: Any) -> tuple[str, int, str] | None:
    """The endpoint itself: a lazy load while its answer is made has no frame of the service on the stack."""
    code = getattr(endpoint, "__code__", None)
    if code is None or owner_of(code.co_filename) != "service":
        return None
    return os.path.realpath(code.co_filename)[len(CODE) :], code.co_firstlineno, code.co_name + " (its answer)"


def _frames() -> Iterator[Any]:
    """From the caller outward, and on into the parent greenlet (SQLAlchemy's bridge)."""
    frame: Any = sys._getframe(2)
    greenlet = sys.modules.get("greenlet")
    current = greenlet.getcurrent() if greenlet is not None else None
    while True:
        while frame is not None:
            yield frame
            frame = frame.f_back
        if current is None or current.parent is None:
            return
        current = current.parent
        frame = current.gr_frame


@functools.cache
def owner_of(file: str) -> str:
    """service, tests, stdlib or library."""
    if "site-packages" in file or "dist-packages" in file:
        return "library"
    if file.startswith(STDLIB):
        return "stdlib"
    real = file if file.startswith("<") else os.path.realpath(file)
    parts = real[len(CODE) :].split(os.sep) if real.startswith(CODE) else real.split(os.sep)
    if real in test_files or parts[-1] == "conftest.py" or {"tests", "test"} & set(parts[:-1]):
        return "tests"
    return "service" if real.startswith(CODE) else "library"
