"""Sees calls that block the event loop while a request is handled, and writes them down; nothing is raised.

Three sources: audit hooks of the interpreter (files, sockets, sleep, processes), wrappers around what has no such hook
(sockets already connected, drivers in C, hashes, waiting for a thread), and how long each step of the loop took.
A guard that raises (blockbuster) would change what the tests do, and sees no driver written in C.
"""

from __future__ import annotations

import asyncio
import functools
import os
import sys
import threading
import time
import types
from typing import Any, Callable

from . import blame, seen
from .asgi_watch import unwrapped
from .blocking_calls import AUDITED, PATCHES, Patch

_state = threading.local()  # .busy: inside a call already noted, or inside this module
_patched = set()
_modules = 0  # how many modules there were when the patches were last tried


def note(kind: str, call: str) -> bool:
    """Writes down a blocking call when it is the service's, made while it handles a request. Says whether it was."""
    request = seen.active.get()
    if request is None or getattr(_state, "busy", False):
        return False
    _state.busy = True
    try:
        place = blame.place(unwrapped(request.scope.get("endpoint")), direct=kind == "file")
        if place is None:
            return False
        request.io = True
        if asyncio._get_running_loop() is None:
            return False
        request.blocks(kind, call, *place)
        return True
    finally:
        _state.busy = False


def install() -> None:
    """Starts watching. Once a process: an audit hook cannot be removed."""
    sys.addaudithook(_audit)
    _time_steps()
    patch()


def patch() -> None:
    """Wraps what has been imported since the last time."""
    global _modules
    if len(sys.modules) == _modules:
        return
    _modules = len(sys.modules)
    for item in PATCHES:
        if item.module in sys.modules and (item.module, item.path) not in _patched:
            _patched.add((item.module, item.path))
            _wrap(item)
    _trace_sqlite()


def _audit(event: str, arguments: Any) -> None:
    audited = AUDITED.get(event)
    if audited is None or seen.active.get() is None:
        return
    kind, applies = audited
    if applies is None or applies(*arguments):
        note(kind, event)


def _wrap(item: Patch) -> None:
    owner: Any = sys.modules[item.module]
    *outer, name = item.path.split(".")
    try:
        owner = functools.reduce(getattr, outer, owner)
        original = getattr(owner, name)
        watched = _watching(original, item.kind, item.shown, item.applies)
        builtin = isinstance(original, types.BuiltinFunctionType)
        setattr(owner, name, _Builtin(watched, original) if builtin else watched)
    except (AttributeError, TypeError):  # another version of the library, or a class that cannot be changed
        pass


class _Builtin:
    """Stands for a wrapped built-in: unlike a function, it does not bind when it is kept as a class attribute."""

    def __init__(self, call: Callable[..., Any], original: Any) -> None:
        functools.update_wrapper(self, original)
        self._call = call

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._call(*args, **kwargs)


def _watching(original: Any, kind: str, shown: str, applies: Callable[..., bool] | None) -> Any:
    @functools.wraps(original)
    def watched(*args: Any, **kwargs: Any) -> Any:
        if seen.active.get() is None or not (applies is None or applies(*args)) or not note(kind, shown):
            return original(*args, **kwargs)
        _state.busy = True  # what a noted call does below is part of it
        try:
            return original(*args, **kwargs)
        finally:
            _state.busy = False

    return watched


def _trace_sqlite() -> None:
    """sqlite3's classes cannot be changed: a trace callback tells of each statement, in the thread that runs it."""
    sqlite3 = sys.modules.get("sqlite3")
    if sqlite3 is None or "sqlite3" in _patched or not hasattr(sqlite3, "connect"):
        return
    _patched.add("sqlite3")
    original = sqlite3.connect

    def connect(*args: Any, **kwargs: Any) -> Any:
        connection = original(*args, **kwargs)
        connection.set_trace_callback(_traced)
        return connection

    wrapped = _Builtin(connect, original)
    sqlite3.connect = wrapped  # type: ignore[attr-defined]
    sys.modules["sqlite3.dbapi2"].connect = wrapped  # type: ignore[attr-defined]


def _traced(statement: str) -> None:
    """A statement of sqlite3; one that an engine of SQLAlchemy runs is noted there."""
    frame: Any = sys._getframe(1) if seen.active.get() is not None else None
    while frame is not None:
        if str(frame.f_globals.get("__name__")).startswith("sqlalchemy."):
            return
        frame = frame.f_back
    note("database", "sqlite3 statement")


def _time_steps() -> None:
    """Keeps the longest step of the loop of each request; what no table knows (CPU-bound code) shows here."""
    handle: Any = asyncio.events.Handle
    original = handle._run

    def run(self: Any) -> Any:
        started = time.perf_counter()
        try:
            return original(self)
        finally:
            seconds = time.perf_counter() - started
            context = getattr(self, "_context", None)
            request = context.get(seen.active) if context is not None else None
            if request is not None and seconds > request.held[0]:
                request.held = (round(seconds, 4), unwrapped_name(request))

    handle._run = run


def unwrapped_name(request: seen.Request) -> str:
    """The endpoint's own name, without its module."""
    return getattr(unwrapped(request.scope.get("endpoint")), "__qualname__", "")


def leaked(original: str) -> Any:
    """Modules that came from the original folder instead of the tree under test."""
    folder = os.path.realpath(original) + os.sep
    files = [(name, getattr(module, "__file__", None)) for name, module in list(sys.modules.items())]
    found = [n for n, f in files if isinstance(f, str) and os.path.realpath(f).startswith(folder)]
    return sorted(name for name in found if "site-packages" not in str(sys.modules[name].__file__))
