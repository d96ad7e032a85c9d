"""`asyncio.run(f(x))` in a function that becomes async: `await f(x)`, where the loop that is there does the same.

A loop of its own ends with what is left of its tasks, and what blocks in it stops no other: such calls keep it, in a
thread. `from_thread.run(f, x)` runs on the app's own loop, which awaits f itself then.
"""

from __future__ import annotations

from awaitify_transforms.edits import ReplaceExpression
from tree_sitter import Node

from awaitify.analysis.colour import Colouring
from awaitify.analysis.effects import Effect
from awaitify.analysis.scope import IDLE_KINDS
from awaitify.planning.draft import Draft
from awaitify.project.index import Call, Function, span_of, text_of

OWN_LOOP = {"asyncio.runners.run", "asyncio.run"}
FROM_THREAD = {"anyio.from_thread.run"}
#: What goes on after the coroutine that started it.
TASKS = {"create_task", "ensure_future", "start_soon"}
PLAIN = ("identifier", "attribute", "call", "string", "integer", "float", "true", "false", "none", "subscript")


def plan_loop_run(effect: Effect, colouring: Colouring, draft: Draft) -> bool:
    """Whether a call is one of these, and what it runs is awaited instead."""
    call = effect.call
    names = {effect.detail, *(target.name for target in colouring.resolution.targets.get(call, ()))}
    if any(argument.type not in PLAIN for argument in call.arguments):
        return False
    if names & FROM_THREAD and call.arguments:
        awaited, *given = map(span_of, call.arguments)
        holes = ", ".join(f"{{{number + 1}}}" for number in range(len(given)))
        edit = ReplaceExpression(span=span_of(call.node), code=f"await {{0}}({holes})", holes=(awaited, *given))
    elif names & OWN_LOOP and len(call.arguments) == 1 and _is_like_here(call, call.arguments[0], colouring):
        edit = ReplaceExpression(span=span_of(call.node), code="await {0}", holes=(span_of(call.arguments[0]),))
    else:
        return False
    draft.add(call.file, edit)
    draft.forget(call.file, call.callee)
    return True


def _is_like_here(call: Call, coroutine: Node, colouring: Colouring) -> bool:
    """Whether a coroutine is one of the project's that neither blocks nor leaves tasks behind."""
    inner = colouring.resolution.call_at(call.file, coroutine)
    found = colouring.resolution.functions(inner) if inner is not None else []
    return bool(found) and all(item.is_async and _is_calm(item, colouring) for item in found)


def _is_calm(function: Function, colouring: Colouring) -> bool:
    todo, seen = [function], {function}
    while todo:
        item = todo.pop()
        if not colouring.colours.kinds[item] <= IDLE_KINDS and item not in colouring.colours.asyncs:
            return False
        if any(text_of(call.callee).rpartition(".")[2] in TASKS for call in item.calls):
            return False
        for effect in colouring.effects.of(item):
            todo += [callee for callee in effect.callees if callee not in seen]
            seen.update(effect.callees)
    return True
