"""Context managers that are written as generators over a session that they are given: `with transaction(db):`.

They become `@asynccontextmanager async def`, and every `with` that moves becomes `async with`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from awaitify.analysis.rolled_back import is_caught, leaves
from awaitify.analysis.sessions.openers import is_manager
from awaitify.project.index import Call, Function
from awaitify.project.nodes import with_of

if TYPE_CHECKING:
    from awaitify.analysis.effects import Effects


def find_generator_managers(effects: Effects) -> set[Function]:
    """Those that only `with` statements of their own enter, and that open no session themselves."""
    found = (function for function in effects.resolution.within if is_manager(function))
    return {function for function in found if function not in effects.openers and _is_followed(function, effects)}


def _is_followed(function: Function, effects: Effects) -> bool:
    calls = effects.resolution.callers.get(function, ())
    if function.is_async or function.file.is_test or function.parent is not None or len(function.decorators) != 1:
        return False
    if not calls or effects.resolution.overrides.get(function) or not all(map(_is_entered, calls)):
        return False
    effects_of = effects.of(function)
    kinds = {item.kind for item in effects_of}
    if "session" not in kinds or "opens" in kinds:
        return False
    rollbacks = [item.call.node for item in effects_of if item.kind == "session" and item.detail == "rollback"]
    if not rollbacks:
        return True
    moving = [(call.node, call.function) for call in calls if call.function is not None and not call.file.is_test]
    return all(map(leaves, rollbacks)) and not any(is_caught(node, user, effects) for node, user in moving)


def _is_entered(call: Call) -> bool:
    """Whether a call is the only item of a plain `with` in a function."""
    statement = with_of(call.node)
    if statement is None or call.function is None or statement.children[0].type == "async":
        return False
    clause = next((node for node in statement.named_children if node.type == "with_clause"), statement)
    return len([node for node in clause.named_children if node.type == "with_item"]) == 1
