"""Turns all watchers on, and tries again when the target has imported more."""

from __future__ import annotations

import contextlib
import importlib

from . import asgi_watch, loop_watch, sql_watch

# imported before the target does: their functions are often imported by name, so they are wrapped first
EARLY = ("ssl", "hashlib", "urllib.request", "sqlite3", "bcrypt")


def install() -> None:
    """Starts watching this process."""
    for name in EARLY:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    loop_watch.install()
    patch()


def patch() -> None:
    """Wraps what has been imported since the last time."""
    asgi_watch.patch()
    loop_watch.patch()
    sql_watch.patch()
