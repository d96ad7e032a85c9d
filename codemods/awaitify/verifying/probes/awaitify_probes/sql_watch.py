"""Counts SQL statements by request; a sync engine on the event loop blocks it, whatever its driver is written in."""

from __future__ import annotations

import sys
from typing import Any

from . import seen
from .loop_watch import note

done = set()


def patch() -> None:
    """Listens to all engines, once SQLAlchemy has been imported."""
    engine = getattr(sys.modules.get("sqlalchemy.engine"), "Engine", None)
    event = sys.modules.get("sqlalchemy.event")
    if engine is None or event is None or "sqlalchemy" in done:
        return
    done.add("sqlalchemy")
    event.listen(engine, "before_cursor_execute", _executes)
    event.listen(engine, "commit", _commits)


def _executes(connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
    request = seen.active.get()
    if request is not None:
        request.count(statement, parameters)
        _guard(connection)


def _commits(connection: Any) -> None:
    if seen.active.get() is not None:
        _guard(connection)


def _guard(connection: Any) -> None:
    dialect = connection.dialect
    if not getattr(dialect, "is_async", False):
        note("database", f"sync SQLAlchemy engine ({dialect.driver})")
