"""Bridges that are there already: `await run_in_threadpool(f, x)`, where f may become async and be awaited itself."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from tree_sitter import Node

from awaitify.analysis.calls import Resolution
from awaitify.analysis.effects import Effect, Effects
from awaitify.analysis.sessions.calls import SESSION_CLASSES
from awaitify.project.index import Call, Function

#: Dotted name of the runner -> how many arguments stand before the function.
RUNNERS = {
    "asyncio.to_thread": 0, "asyncio.threads.to_thread": 0, "starlette.concurrency.run_in_threadpool": 0,
    "fastapi.concurrency.run_in_threadpool": 0, "anyio.to_thread.run_sync": 0,
    "asyncio.events.AbstractEventLoop.run_in_executor": 1, "asyncio.base_events.BaseEventLoop.run_in_executor": 1,
}  # fmt: skip
GAINS = {"native", "session", "terminal", "opens"}


def threaded(call: Call, resolution: Resolution) -> Function | None:
    """The project function that an awaited bridge runs in a thread, when calling it instead is the same."""
    target = next(iter(resolution.targets.get(call, ())), None)
    node = given(call, target.name) if target is not None and target.name in RUNNERS else None
    awaited = call.node.parent is not None and call.node.parent.type == "await"
    if node is None or not awaited or call.in_lambda or call.function is None or not call.function.is_async:
        return None
    found = [resolution.function_of(item) for item in resolution.definition(call.file, node)]
    function = found[0] if len(found) == 1 else None
    if function is None or function.is_async or function.is_generator or function.name.startswith("__"):
        return None
    names = {name for item in call.arguments for name in resolution.class_names(call.file, item)}
    return None if names & set(SESSION_CLASSES) or function.decorators else function


def given(call: Call, name: str) -> Node | None:
    """The function that a runner of this name gets; None where it gets more than the function's own arguments."""
    skipped, arguments = RUNNERS[name], call.arguments
    if len(arguments) <= skipped or any(item.type == "list_splat" for item in arguments[: skipped + 1]):
        return None
    if skipped and arguments[0].type != "none":
        return None
    if name == "anyio.to_thread.run_sync" and any(item.type == "keyword_argument" for item in arguments):
        return None
    node = arguments[skipped]
    return node if node.type in ("identifier", "attribute") else None


def drop_idle(effects: Effects, kinds: dict[Function, set[str]]) -> bool:
    """Bridges of functions that gain nothing by becoming async, or that work on a session of their object, stay; says
    whether there was one."""
    idle = [effect for effect in threads(effects) if not _gains(effect.callees[0], kinds)]
    for effect in idle:
        effects.by_call[effect.call] = replace(effect, kind="hands-off", callees=())
    return bool(idle)


def _gains(function: Function, kinds: dict[Function, set[str]]) -> bool:
    found = kinds[function]
    return bool(found & GAINS) and not (function.cls is not None and found & (GAINS - {"native"}))


def threads(effects: Effects) -> list[Effect]:
    """All bridges that may go."""
    return [effect for effect in effects.by_call.values() if effect.kind == "threaded"]


def thread_calls(effects: Effects) -> dict[Function, list[Call]]:
    """The bridges that may go, by what they run."""
    found: dict[Function, list[Call]] = defaultdict(list)
    for effect in threads(effects):
        for function in effect.callees:
            found[function].append(effect.call)
    return found
