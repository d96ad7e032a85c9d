"""Functions that are handed to `BackgroundTasks.add_task` together with a session: they run after the response.

Such a function works on the session of the route, so it moves with the route or holds it back.
"""

from __future__ import annotations

from tree_sitter import Node

from awaitify.analysis.calls import Resolution
from awaitify.project.index import Call, Function

SCHEDULERS = (
    "starlette.background.BackgroundTasks.add_task",
    "fastapi.background.BackgroundTasks.add_task",
    "starlette.background.BackgroundTask.__init__",
    "starlette.background.BackgroundTask",
)


def scheduled(call: Call, resolution: Resolution) -> tuple[Function, ...]:
    """The project functions that a call hands over to be run after the response."""
    if not any(target.name in SCHEDULERS for target in resolution.targets.get(call, ())):
        return ()
    node = handed_over(call)
    found = resolution.definition(call.file, node) if node is not None else ()
    return tuple(function for target in found if (function := resolution.function_of(target)) is not None)


def handed_over(call: Call) -> Node | None:
    """The name of the function in `add_task(function, ...)`."""
    node = call.arguments[0] if call.arguments else None
    if node is not None and node.type == "keyword_argument":
        node = node.child_by_field_name("value")
    return node if node is not None and node.type in ("identifier", "attribute") else None
