"""Coroutines that run beside others over one session: while they block they take turns, once they wait they would not.

An async session serves one of them at a time. What opens a session of its own may run beside others.
"""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from awaitify.analysis.effects import Effect, Effects
from awaitify.analysis.sessions.calls import SESSION_CLASSES
from awaitify.plan_model import Reason
from awaitify.project.expressions import COMPREHENSIONS
from awaitify.project.index import Call, Function, ancestors, text_of

#: They await a coroutine, and nothing else meanwhile.
ALONE = {"wait_for", "shield", "run", "run_until_complete"}
#: They are given the function and start it.
STARTS = {"start_soon"}
USING = {"session", "terminal", "root", "stays"}
HOLDERS = (
    *COMPREHENSIONS, "list", "tuple", "list_splat", "argument_list", "parenthesized_expression", "expression_list",
)  # fmt: skip


def concurrent_reasons(function: Function, effects: Effects) -> Iterator[Reason]:
    """A reason for each coroutine that is not awaited where it is made, and works on a session that it is given."""
    for effect in effects.of(function):
        started = started_function(effect.call, effects)
        runs = [started] if started is not None else [item for item in effect.callees if _is_coroutine(item)]
        is_beside = started is not None or (bool(runs) and not _is_alone(effect.call.node, function))
        name = next((item.id for item in runs if is_beside and _shares(item, effect, effects)), "")
        if name:
            message = f"{name} runs beside what goes on here, on the same session: an async one serves one at a time"
            yield Reason("concurrent-session", message, function.file.source.relative, effect.call.line)


def _is_coroutine(function: Function) -> bool:
    return function.is_async and not function.is_generator


def started_function(call: Call, effects: Effects) -> Function | None:
    """The async function that `start_soon(f, ...)` starts."""
    if text_of(call.callee).rpartition(".")[2] not in STARTS or not call.arguments:
        return None
    targets = effects.resolution.definition(call.file, call.arguments[0])
    found = [effects.resolution.function_of(item) for item in targets]
    return next((item for item in found if item is not None and item.is_async), None)


def _shares(function: Function, effect: Effect, effects: Effects) -> bool:
    """Whether a coroutine works on a session that others have too."""
    kinds = {item.kind for item in _reached(function, effects)}
    if not kinds & USING:
        return False
    classes = [effects.resolution.class_names(effect.call.file, item) for item in effect.call.arguments]
    return "opens" not in kinds or any(names & set(SESSION_CLASSES) for names in classes)


def _reached(function: Function, effects: Effects) -> Iterator[Effect]:
    """The effects of a function and of all that it runs."""
    todo, seen = [function], {function}
    while todo:
        for effect in effects.of(todo.pop()):
            yield effect
            new = [item for callee in effect.callees for item in (callee, *callee.wrappers) if item not in seen]
            seen.update(new)
            todo += new


def _is_alone(node: Node, function: Function) -> bool:
    """Whether a coroutine is awaited before anything else goes on, or handed to the caller."""
    parent = node.parent
    if parent is None or parent.type in ("await", "return_statement", "expression_statement", "lambda"):
        return True
    if parent.type == "assignment":
        left = parent.child_by_field_name("left")
        return left is not None and left.type == "identifier" and _is_awaited_once(text_of(left), left, function)
    outer = next((item for item in ancestors(node) if item.type not in HOLDERS), None)
    if outer is not None and outer.type == "await":
        return True  # in parentheses
    return outer is not None and outer.type == "call" and _name(outer) in ALONE and parent.type == "argument_list"


def _is_awaited_once(name: str, left: Node, function: Function) -> bool:
    """Whether all uses of a name are `await name`, or are handed to what awaits it alone."""
    uses = [item for item in function.file.named(name) if function.node in ancestors(item) and item != left]
    return all(_is_alone(use, function) and use.parent is not None and use.parent.type != "assignment" for use in uses)


def _name(call: Node) -> str:
    return text_of(call.child_by_field_name("function") or call).rpartition(".")[2]
