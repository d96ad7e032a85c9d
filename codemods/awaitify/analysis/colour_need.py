"""Which twins something async calls, and which methods that nothing calls have to move; the others stay."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from awaitify.analysis.bridges import SESSION_KINDS
from awaitify.analysis.colours import Keeping
from awaitify.analysis.idle import awaits_clients
from awaitify.analysis.refusals import reason_at
from awaitify.analysis.scope import called_by
from awaitify.analysis.sessions.used import uses_own_session
from awaitify.project.index import Function


def by_need(keeping: Keeping) -> bool:
    """A twin that nothing async calls is not made; its original stays. So does what nothing calls at all, where neither
    its object's session or client nor anything that it calls moves without it."""
    asyncs, twins = keeping.colours.asyncs, keeping.colours.twins
    shared = keeping.entries.shared - keeping.colours.relays
    called = (
        callee for item in keeping.effects.converted for effect in keeping.effects.of(item) for callee in effect.callees
    )
    moving = (item for item in asyncs - keeping.idle if item not in twins or item in shared)
    needed = _reached(keeping, [*moving, *called])  # what earlier steps left calls twins too
    waiting = asyncs & keeping.idle - needed
    while moving := {item for item in waiting if _has_to(item, needed, keeping)}:
        needed |= _reached(keeping, moving)
        waiting -= needed
    idle = sorted(twins.keys() & asyncs - needed - waiting, key=lambda item: item.id)
    for function in idle:
        keeping.refuse(function, twins[function])
    for function in sorted(waiting, key=lambda item: item.id):
        keeping.refuse(function, reason_at("not-called", f"nothing that moves has to do with {function.id}", function))
    return bool(idle or waiting)


def by_roots(keeping: Keeping, living: Collection[Function]) -> bool:
    """What no moving route, nor the start of the service, nor what runs around all requests reaches stays as it is.
    living: what moves with the start of the service."""
    asyncs, entries = keeping.colours.asyncs, keeping.entries
    roots = entries.route_functions | entries.shared | entries.on_loop | keeping.idle | set(living)
    needed = called_by((roots & asyncs) | keeping.effects.converted, keeping.effects, entries)
    groups = [*keeping.families, *(manager.methods for manager in keeping.effects.managers)]
    while new := {item for group in groups if not needed.isdisjoint(group) for item in group} - needed:
        needed |= called_by(new, keeping.effects, entries)
    rest = sorted((item for item in asyncs - needed if not item.file.is_test), key=lambda item: item.id)
    for function in rest:
        keeping.refuse(function, reason_at("not-needed", f"nothing that becomes async needs {function.id}", function))
    return bool(rest)


def by_gain(keeping: Keeping) -> bool:
    """A dependency that nothing but FastAPI calls, and that would only hand work to threads, stays: FastAPI runs it in
    a thread as it is."""
    asyncs, entries = keeping.colours.asyncs, keeping.entries
    asked = set[Function]().union(*entries.depends_on.values()) - entries.route_functions - entries.shared
    idle = [item for item in asyncs & asked - entries.on_loop if not item.is_async and _only_bridges(item, keeping)]
    for function in sorted(idle, key=lambda item: item.id):
        message = f"FastAPI runs {function.id} in a thread already"
        keeping.refuse(function, reason_at("no-gain", message, function))
    return bool(idle)


def _only_bridges(function: Function, keeping: Keeping) -> bool:
    """Whether all that a function would await is a call in a thread, of what has no async form."""
    effects, kinds = keeping.effects.of(function), keeping.colours.kinds[function]
    knowledge, direct = keeping.effects.knowledge, keeping.effects.direct
    if kinds & {*SESSION_KINDS, "native"}:
        return False
    if any(effect.call in direct or knowledge.has_form(effect.detail) for effect in effects):
        return False
    if any(callee in keeping.colours.asyncs for effect in effects for callee in effect.callees):
        return False
    callers = {call.function for call in keeping.resolution.callers.get(function, ())}
    is_alone = not any(function in family for family in keeping.families)
    return is_alone and callers.isdisjoint(keeping.colours.asyncs) and any(item.kind == "bridge" for item in effects)


def _reached(keeping: Keeping, start: Iterable[Function]) -> set[Function]:
    """What these functions call and ask for, of what is async."""
    todo, found = list(start), set[Function]()
    while todo:
        function = todo.pop()
        if function not in found and function in keeping.colours.asyncs:
            found.add(function)
            todo += [callee for effect in keeping.effects.of(function) for callee in effect.callees]
            todo += keeping.entries.reachable_dependencies(function)
            todo += keeping.tests.fixtures.requested(function)
            todo += [member for family in keeping.families if function in family for member in family]
    return found


def _has_to(function: Function, needed: set[Function], keeping: Keeping) -> bool:
    """Whether something that it calls moves, or other methods on the session or the clients of its object do."""
    colours = keeping.colours
    called = needed.intersection(called_by([function], keeping.effects))
    if called - colours.twins.keys():
        return True
    moves = function.cls is not None and not needed.isdisjoint(function.cls.methods.values())
    if moves and function.cls not in colours.doubles and any(item.cls in colours.doubles for item in called):
        return True  # what its object keeps is the async copy
    lineage = set(keeping.resolution.lineage(function.cls)) if function.cls is not None else set()
    others = [item for item in needed if item.cls in lineage]
    return any(
        works(function, keeping.effects) and any(works(item, keeping.effects) for item in others)
        for works in (uses_own_session, awaits_clients)
        if others
    )
