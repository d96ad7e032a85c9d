"""What routes and functions became, and why, for the plan."""

from __future__ import annotations

from collections.abc import Iterator

from awaitify.analysis.colour import Colouring
from awaitify.analysis.effects import Effect
from awaitify.analysis.scope import reached_by_routes
from awaitify.plan_model import CallFact, FunctionOutcome, Reason, RouteOutcome
from awaitify.planning.progress import bridges_there
from awaitify.project.index import Call, Function, text_of

SHOWN_KINDS = {
    "session": "native", "terminal": "native", "root": "native", "opens": "native", "stays": "native",
    "query": "native", "native": "native", "bridge": "bridge", "lazy": "bridge", "reads": "bridge", "escapes": "bridge",
    "project": "project", "harmless": "harmless", "hands-off": "harmless",
    "async": "native", "unclassified": "unclassified", "unresolved": "unresolved", "refused": "unclassified",
}  # fmt: skip
IDLE = ("harmless", "hands-off", "async", "threaded")
UNKNOWN = ("unresolved", "unclassified")
TOLD = {
    "session": ("session-call", "waits for the database"),
    "terminal": ("query", "waits for the database"),
    "opens": ("session", "opens a session"),
    "native": ("client-call", "waits in the async form of its library"),
    "bridge": ("blocking-call", "blocks, so it runs in a thread"),
    "lazy": ("blocking-call", "blocks as its result is read, so that is done in a thread"),
}


def route_outcomes(colouring: Colouring) -> tuple[RouteOutcome, ...]:
    """Every route of the service, in the order of files and lines."""
    found = []
    for route in colouring.entries.routes:
        function = route.function
        if function.file.is_test:
            continue
        file, becomes = function.file.source.relative, function in colouring.colours.asyncs
        before = "async" if function.is_async else "sync"
        found.append(
            RouteOutcome(
                route.method, route.path, function.id, file, function.line, file, before,
                "async" if becomes else before, _outcome(function, colouring),
                tuple(dict.fromkeys(colouring.colours.why.get(function, []))), bridges_there(function, colouring),
            )
        )  # fmt: skip
    return tuple(sorted(found, key=lambda item: (item.file, item.line, item.method)))


def function_outcomes(colouring: Colouring) -> tuple[FunctionOutcome, ...]:
    """Every function that became async or might have, with the reason."""
    colours, found = colouring.colours, []
    for function in colours.asyncs | set(colours.why):
        if function.file.is_test:
            continue
        before = "async" if function.is_async else "sync"
        after = "async" if function in colours.asyncs else before
        reasons = _becoming(function, colouring) if function in colours.asyncs else colours.why[function]
        file, line = function.file.source.relative, function.line
        found.append(FunctionOutcome(function.id, file, line, before, after, tuple(dict.fromkeys(reasons))))
    return tuple(sorted(found, key=lambda item: (item.file, item.line)))


def call_facts(colouring: Colouring) -> tuple[CallFact, ...]:
    """The calls on the paths of routes."""
    facts = set()
    for function in reached_by_routes(colouring.entries, colouring.effects):
        for effect in colouring.effects.of(function) if not function.file.is_test else ():
            kind, text = SHOWN_KINDS.get(effect.kind, "harmless"), text_of(effect.call.callee)[:80]
            facts.add(CallFact(function.file.source.relative, effect.call.line, text, kind, effect.detail))
    # the whole of it: of calls that share a line and a text, too, a plan says the same each time
    return tuple(sorted(facts, key=lambda item: (item.file, item.line, item.text, item.kind, item.target)))


def waits(effect: Effect) -> str:
    """What a call waits for, in words; empty when it is none that does."""
    told = TOLD.get(effect.kind)
    why = f" ({effect.why})" if effect.why else ""
    return f"`{_short(effect.call)}` {told[1]}{why}" if told else ""


def _outcome(function: Function, colouring: Colouring) -> str:
    colours = colouring.colours
    if function not in colours.asyncs:
        return "left" if colours.why.get(function) else "unchanged"
    if function.is_async:
        own = colouring.effects.of(function)
        moves = function in colours.effectful - colouring.effects.converted and (
            not own or any(_does_something(effect, colouring) for effect in own)
        )
        return "repaired" if moves else "unchanged"
    kinds = _kinds(function, colouring)
    only_bridges = not kinds & {"session", "terminal", "iterate", "async", "native"} and kinds & {
        "bridge",
        "lazy",
        "reads",
    }
    return "bridged" if only_bridges else "native"


def _does_something(effect: Effect, colouring: Colouring) -> bool:
    """Whether a call in async code is one that waits, as far as is known."""
    colours, callees = colouring.colours, set(effect.callees)
    is_idle = effect.kind == "project" and bool(callees - colours.asyncs) and effect.call not in colours.bridges
    return effect.kind not in (*IDLE, *UNKNOWN) and not is_idle


def _kinds(function: Function, colouring: Colouring) -> set[str]:
    """What a function waits for, itself and through what becomes async with it; what runs in a thread is a bridge."""
    colours, effects = colouring.colours, colouring.effects
    found, todo, seen = set[str](), [function], {function}
    while todo:
        current = todo.pop()
        found |= {"native"} if effects.native_blocks.get(current) else set()
        found |= {"iterate"} if effects.queries[current].uses else set()
        found |= {"bridge"} if effects.readings.get(current) else set()
        for effect in effects.of(current):
            found.add(effect.kind)
            runner = colours.bridges.get(effect.call)
            for callee in effect.callees:
                found |= {"bridge"} if runner == "thread" else colours.kinds[callee] if runner else set()
                if not runner and callee not in seen:
                    seen.add(callee)
                    todo.append(callee)
    return found


def _becoming(function: Function, colouring: Colouring) -> Iterator[Reason]:
    """The nearest call that waits, with the way to it; and why a sync original stays beside an async twin."""
    yield _nearest(function, colouring)
    if function in colouring.colours.twins:
        reason = colouring.colours.twins[function]
        yield Reason("twin", f"its sync form stays beside it: {reason.message}", reason.file, reason.line, reason.chain)


def _nearest(function: Function, colouring: Colouring) -> Reason:
    todo, seen = [(function, (function.id,))], {function}
    for current, chain in todo:
        for effect in colouring.effects.of(current):
            if effect.kind in TOLD:
                where = (current.file.source.relative, effect.call.line)
                return Reason(TOLD[effect.kind][0], waits(effect), *where, chain if len(chain) > 1 else ())
        for effect in colouring.effects.of(current):
            new = [callee for callee in effect.callees if callee not in seen]
            seen.update(new)
            todo += [(callee, (*chain, callee.id)) for callee in new]
    where = (function.file.source.relative, function.line)
    if function in colouring.entries.route_functions:
        return Reason("route", "it is a route, and nothing on its path waits", *where)
    return Reason("family", "it moves with the functions that it is used with", *where)


def _short(call: Call) -> str:
    text = " ".join(text_of(call.callee).split())
    return f"{text if len(text) <= 60 else text[:57] + '...'}()"
