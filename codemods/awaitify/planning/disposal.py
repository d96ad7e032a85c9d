"""The async twin of an engine that the application disposes is disposed too, where the application ends."""

from __future__ import annotations

from awaitify.planning.lifespan import Lifespan
from awaitify.planning.sessions import Sessions
from awaitify.project.index import Call

DISPOSE = "sqlalchemy.engine.base.Engine.dispose"


def dispose_engines(sessions: Sessions, lifespan: Lifespan) -> None:
    """Notes `await async_engine.dispose()` for each twin whose sync engine is disposed outside of the tests."""
    if len(lifespan.apps()) != 1:
        return
    for file in sessions.resolution.project.files:
        if file.is_test or b".dispose(" not in file.source.text:
            continue
        for call in file.calls:
            if any(target.name == DISPOSE for target in sessions.resolution.targets.get(call, ())):
                _dispose(call, sessions, lifespan)


def _dispose(call: Call, sessions: Sessions, lifespan: Lifespan) -> None:
    engine = call.callee.child_by_field_name("object")
    twin = sessions.made_twin(call.file, engine) if engine is not None else None
    if twin is None:
        return
    home, name = twin
    line = f"await {name}.dispose()"
    is_there = any(f"{name}.dispose(".encode() in file.source.text for file in sessions.resolution.project.files)
    if line not in lifespan.end and not is_there:
        lifespan.end.append(line)
        lifespan.imports.append((home.module, name))
