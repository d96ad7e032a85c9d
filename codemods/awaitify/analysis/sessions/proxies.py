"""Sessions of the current request that a module gives to everyone: what to do by hand where they are not followed."""

from __future__ import annotations

from tree_sitter import Node

from awaitify.analysis.calls import Resolution
from awaitify.analysis.implicit import is_property
from awaitify.analysis.values import SCOPED
from awaitify.project.index import File

PACKAGE = "fastapi_sqlalchemy"
WAYS = {
    "package": "use fastapi-async-sqlalchemy, which has the same `db` and middleware over an AsyncSession",
    "scoped": "put an async_scoped_session with the same scope beside it, and await its remove() in the same places",
    "property": "give its class an async session beside it that is opened and closed (awaited) in the same places",
}


def by_hand(file: File, receiver: Node, resolution: Resolution, instead: str = "take it from a dependency") -> str:
    """What to do about a session that comes from a proxy, to be added to the reason; empty for any other."""
    kind = _kind(file, receiver, resolution)
    return f"; by hand: {instead}, or {WAYS[kind]}" if kind else ""


def _kind(file: File, receiver: Node, resolution: Resolution) -> str:
    targets = resolution.definition(file, receiver)
    if any(target.name.partition(".")[0] == PACKAGE for target in targets):
        return "package"
    if SCOPED in {name.partition("[")[0] for name in resolution.class_names(file, receiver)}:
        return "scoped"
    functions = [resolution.function_of(target) for target in targets]
    return "property" if any(item is not None and is_property(item) for item in functions) else ""
