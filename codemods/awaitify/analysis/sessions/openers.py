"""Functions that only make a session and hand it over: by `return`, or as a context manager."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tree_sitter import Node

from awaitify.analysis.values import function_classes, yielded, yielded_classes
from awaitify.project.index import Call, Function, text_of

if TYPE_CHECKING:
    from awaitify.analysis.effects import Effect, Effects

SESSIONS = {"sqlalchemy.orm.session.Session", "sqlmodel.orm.session.Session"}
RETURNING = {"opens", "harmless", "hands-off", "project"}
MANAGING = {*RETURNING, "session", "stays", "remove"}
MANAGERS = ("contextmanager", "contextlib.contextmanager")
DEPTH = 4


def find_openers(effects: Effects) -> set[Function]:
    """The openers of a project; one may call another."""
    openers: set[Function] = set()
    candidates = [function for function in effects.resolution.project.functions.values() if _may_open(function)]
    while True:
        found = {item for item in candidates if item not in openers and _opens(item, effects, openers)}
        if not found:
            return openers
        openers |= found


def taken(call: Call, effects: Effects) -> Call | None:
    """The call in a dependency that opens the session which `next(get_db())` takes out of it. What runs after the
    `yield` has nothing to do yet: the generator ends at once, over a session that is still new."""
    inner = effects.resolution.call_at(call.file, call.arguments[0]) if len(call.arguments) == 1 else None
    functions = effects.resolution.functions(inner) if inner is not None else []
    if text_of(call.callee) != "next" or len(functions) != 1 or functions[0].is_async or functions[0].decorators:
        return None
    given = [text_of(node) for node in yielded(functions[0])]
    for effect in effects.of(functions[0]):
        if effect.kind == "opens" and len(given) == 1 and _bound_name(effect.call.node) == given[0]:
            return effect.call
    return None


def _bound_name(node: Node) -> str:
    """The name that `name = call` or `with call as name` binds."""
    parent = node.parent
    if parent is not None and parent.type in ("assignment", "as_pattern"):
        return text_of(parent.named_children[0 if parent.type == "assignment" else -1])
    return ""


def is_manager(function: Function) -> bool:
    """Whether a generator function is a context manager by decorator."""
    return function.is_generator and any(_decorator(item) in MANAGERS for item in map(text_of, function.decorators))


def is_idle(effect: Effect, effects: Effects, depth: int = 0) -> bool:
    """Whether a call of a project function does nothing that blocks, a few levels down."""
    if effect.kind in ("harmless", "hands-off", "wrapped"):
        return True
    inner = [item for callee in effect.callees for one in (callee, *callee.wrappers) for item in effects.of(one)]
    return effect.kind == "project" and depth < DEPTH and all(is_idle(item, effects, depth + 1) for item in inner)


def _decorator(text: str) -> str:
    return text.lstrip("@").strip()


def _may_open(function: Function) -> bool:
    """By shape alone: sync, with no decorator that is not understood."""
    known = {*MANAGERS, "staticmethod", "classmethod"}
    is_plain = all(_decorator(text_of(item)) in known for item in function.decorators)
    is_shaped = is_manager(function) if function.is_generator else bool(function.returns)
    return not function.is_async and not function.file.is_test and function.parent is None and is_plain and is_shaped


def _opens(function: Function, effects: Effects, openers: set[Function]) -> bool:
    allowed = MANAGING if function.is_generator else RETURNING
    found = effects.of(function)
    makes = [item for item in found if item.kind == "opens" or (item.callees and set(item.callees) <= openers)]
    rest = [item for item in found if item not in makes]
    if not makes or any(
        item.kind not in allowed or (item.kind == "project" and not _is_free(item, effects)) for item in rest
    ):
        return False
    if effects.resolution.overrides.get(function):
        return False
    resolution = effects.resolution
    given = yielded_classes(resolution, function) if function.is_generator else function_classes(resolution, function)
    return bool(given) and given <= SESSIONS


def _is_free(effect: Effect, effects: Effects) -> bool:
    """Whether a call makes an engine or a factory, or does nothing that blocks."""
    return is_idle(effect, effects)
