"""Coroutines that nobody awaits: a call of something async whose result is dropped, or used as if it were the result.

Only what is wrong whatever happens elsewhere is reported: a coroutine that is stored, passed on or returned by a plain
function may still be awaited there."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from awaitify.analysis.refusals import HARMLESS_DECORATORS
from awaitify.checking.loop import Loop, place, step
from awaitify.findings import Finding
from awaitify.gate.climb import climb
from awaitify.gate.library import library_colour
from awaitify.gate.symbols import Colour
from awaitify.gate.verdicts import Lost
from awaitify.project.index import Call, Function, text_of
from awaitify.resolve.model import Target

DROPPED = "a statement that does nothing"
_USED = {
    "formatted": "formatted into a text", "compared": "compared", "negated": "negated", "a condition": "always true",
    "asserted": "asserted", "an operand": "an operand", "subscripted": "subscripted", "iterated": "iterated",
    "an attribute of the coroutine": "asked for an attribute", "entered by with": "entered by a plain `with`",
    "returned without await": "returned from an async function",
}  # fmt: skip
_OWN_ATTRIBUTES = (".close", ".send", ".throw", ".__await__", ".cr_frame", ".cr_running")


def forgotten(loop: Loop) -> Iterator[Finding]:
    """The calls whose coroutine is lost."""
    resolution = loop.effects.resolution
    registered = loop.entries.decorator_calls
    for call, targets in resolution.targets.items():
        colour = _colour(call, targets, loop, registered)
        verdict = climb(call.node, colour) if colour is not None else None
        if isinstance(verdict, Lost) and colour is not None and (how := _certain(call, verdict)):
            yield _finding(call, colour, how, loop)


def _colour(call: Call, targets: tuple[Target, ...], loop: Loop, registered: set[Node]) -> Colour | None:
    """What the call gives; None unless it is something to await whichever target is meant."""
    resolution = loop.effects.resolution
    found: list[Colour] = []
    for target in targets:
        function = resolution.function_of(target)
        if function is None:
            colour = library_colour(target, lambda name: False)
        else:
            others = resolution.overrides.get(function, ())
            same = all(other.is_async for other in others) and not _is_changed(function, registered)
            colour = _project_colour(function) if same else None
        if colour is None or colour.kind == "either":
            return None
        found.append(Colour(0, colour.kind, origin=target.name))
    return found[0] if found else None


def _project_colour(function: Function) -> Colour | None:
    if not function.is_async:
        return None
    managed = any("asynccontextmanager" in text_of(decorator) for decorator in function.decorators)
    return Colour(1, "manager" if managed else "generator" if function.is_generator else "coroutine")


def _is_changed(function: Function, registered: set[Node]) -> bool:
    """Whether a decorator may make something else of the function than a coroutine function."""
    for decorator in function.decorators:
        name = text_of(decorator).lstrip("@").strip().partition("(")[0]
        plain = name in HARMLESS_DECORATORS or name.endswith("asynccontextmanager")
        if not plain and not any(child in registered for child in decorator.named_children):
            return True
    return False


def _certain(call: Call, lost: Lost) -> str:
    """How the coroutine is lost, in words; empty when it may be fine."""
    if lost.how == DROPPED:
        return "its result is dropped"
    if call.file.is_test or lost.at != call.node:
        return ""
    parent = call.node.parent
    if parent is not None and parent.type == "attribute" and text_of(parent).endswith(_OWN_ATTRIBUTES):
        return ""
    return f"the coroutine is {_USED[lost.how]}" if lost.how in _USED else ""


def _finding(call: Call, colour: Colour, how: str, loop: Loop) -> Finding:
    function = call.function
    text = " ".join(text_of(call.callee).split())[:80]
    kinds = {"generator": "iterate it with `async for`", "manager": "enter it with `async with`"}
    entry = loop.entry(function) if function is not None else None
    chain = (*loop.path(function), step(function, call.node, colour.origin)) if entry and function else ()
    return Finding(
        "unawaited",
        call.file.source.relative,
        *place(call.file, call.node),
        function.id if function is not None else "",
        f"{text}(...) is never awaited: {how} ({colour.origin})",
        kinds.get(colour.kind, ""),
        "error",
        entry.label if entry is not None else "",
        chain,
    )
