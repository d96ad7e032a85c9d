"""`return f()`: lost in an async def, a pass-through in a plain one."""

from __future__ import annotations

from dataclasses import replace

from tree_sitter import Node, Query

from awaitify.gate import consumers
from awaitify.gate.syntax import LANGUAGE, ancestors, captures, code, decorators, is_async, last_name, scope_of
from awaitify.gate.verdicts import Lost, PassedTo, Step, Verdict

_YIELDS = Query(LANGUAGE, "(yield) @yield")
_GUARDS = ("iscoroutinefunction", "isawaitable", "iscoroutine")


def judge_return(step: Step, statement: Node) -> Step | Verdict:
    """The step's node is the value of this return statement."""
    function = scope_of(statement)
    if function is None:
        return None
    name = function.child_by_field_name("name")
    if is_async(function) or name is None:
        if step.colour.level == 0 and step.colour.kind in ("coroutine", "either"):
            return Lost("returned without await", step.node)
        return None  # an async def that returns a function or a generator: the caller's business
    if step.colour.level == 0:
        if step.contained:
            return Lost("returned in a container", step.node)
        lost = _escapes(function, statement, step.colour.kind)
        if lost:
            return Lost(lost, step.node)
    elif step.contained or is_guarded(function):
        return None
    level = step.colour.level
    colour = replace(step.colour, level=level + 1, true_async=step.colour.true_async and level > 0)
    return PassedTo(name, colour)


def _escapes(function: Node, statement: Node, kind: str) -> str:
    """Why a plain def may not hand its coroutine on, or an empty text."""
    if is_guarded(function):
        return ""
    if _yields(function):
        return "returned from a generator"
    names = [last_name(item) for item in decorators(function)]
    calls = [item for item in decorators(function) if item.type == "call"]
    routed = [item for item in calls if last_name(item) in consumers.ROUTE_METHODS]
    if routed or any("fixture" in name for name in names):
        return "returned from a plain def that a framework calls"
    for parent in ancestors(statement):
        if parent == function:
            break
        if parent.type == "with_statement" or (parent.type == "try_statement" and kind in ("coroutine", "either")):
            return "returned out of a try or with that ends before it runs"
    return ""


def is_guarded(function: Node) -> bool:
    """It looks at the colour itself."""
    return any(word in code(function) for word in _GUARDS)


def _yields(function: Node) -> bool:
    return any(scope_of(node) == function for node in captures(_YIELDS, function, "yield"))
