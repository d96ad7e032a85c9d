"""Dependencies without I/O between a route and a dependency that gets an async twin: they get one too."""

from __future__ import annotations

from collections.abc import Callable, Collection

from awaitify.analysis.colours import Keeping
from awaitify.analysis.entries.model import Entries
from awaitify.analysis.refusals import reason_at
from awaitify.analysis.scope import writes
from awaitify.analysis.sessions.escapes import escape_reason, escapes
from awaitify.analysis.sessions.placing import only_places
from awaitify.analysis.sessions.sources import foreign_sessions
from awaitify.plan_model import Reason
from awaitify.project.index import Function


def relays(
    entries: Entries,
    effectful: Collection[Function],
    providers: Collection[Function],
    is_copyable: Callable[[Function], bool],
) -> set[Function]:
    """Plain dependencies that do no I/O and take no session themselves, but ask for dependencies that do."""
    used = set[Function]().union(*entries.depends_on.values()) - set(providers) - set(effectful)
    carriers = {item for item in used if entries.depends_on.get(item, set()) & set(providers)}
    plain = {
        item
        for item in used - carriers - entries.route_functions
        if not item.is_generator
        and not item.file.is_test
        and ((item.parent is None and item.cls is None) or is_copyable(item))
    }
    reached = {item: entries.reachable_dependencies(item) for item in plain}
    return {item for item in plain if reached[item] & set(effectful) and not reached[item] & carriers}


def by_relays(keeping: Keeping, function: Function) -> bool:
    """Gives such a dependency its twin; what would reach the twin through anything else stays."""
    asyncs, twins = keeping.colours.asyncs, keeping.colours.twins
    if function not in asyncs or function.file.is_test:
        return False
    below = sorted(keeping.entries.reachable_dependencies(function), key=lambda item: item.id)
    if function in keeping.colours.relays:
        inner = next((item for item in below if item in twins and item in asyncs), None)
        return inner is not None and function not in twins and keeping.keep_original(function, twins[inner])
    for other in below:
        if other in asyncs or other in keeping.colours.effectful or other in keeping.colours.providers:
            continue
        if other.cls is not None and other.cls in keeping.colours.doubles:
            continue
        if _makes_copied(keeping, other) and keeping.objects.carries(other):
            continue
        if any(item in twins and item in asyncs for item in keeping.entries.reachable_dependencies(other)):
            return keep_maker(keeping, other) or keeping.refuse(function, _shared(other))
    return False


def keep_maker(keeping: Keeping, function: Function) -> bool:
    """A dependency that does no I/O, and makes what holds a session or does nothing with it, gets a twin, for users of
    both colours."""
    colours = keeping.colours
    is_top = function.cls is None and function.parent is None and not function.decorators
    is_plain = (is_top or keeping.is_copyable(function)) and not (function.is_generator or function.is_async)
    if not is_plain or function in colours.why or function in colours.effectful:
        return False
    if function in colours.asyncs or function.file.is_test:
        return False
    if not _makes_copied(keeping, function) and not only_places(function, keeping.effects, colours.kinds):
        return False
    against = [*keeping.extra.get(function, ()), *keeping.refusals.of(function)]
    against += foreign_sessions(function, keeping.resolution, keeping.effects, keeping.entries, colours.providers)
    against += [escape_reason(function, node) for node in escapes([function], keeping.effects).values()]
    if against:
        colours.why[function] += against
        return False
    colours.asyncs.add(function)
    colours.relays.add(function)
    colours.twins[function] = _shared(function)
    return True


def _makes_copied(keeping: Keeping, function: Function) -> bool:
    """Whether all objects with a session that a function makes are of classes that can get an async copy."""
    held = keeping.copies.made(function)
    return bool(held) and all(keeping.copies.group(cls) for cls in held)


def by_made(keeping: Keeping, route: Function) -> bool:
    """A route over a dependency that a call makes stays where that goes on using the original of a twin."""
    made = keeping.entries.made & keeping.entries.reachable_dependencies(route) - keeping.colours.asyncs
    below = {item for inner in made for item in keeping.entries.reachable_dependencies(inner)}
    for other in sorted(below, key=lambda item: item.id):
        if keeping.shares_session(other) and other in keeping.colours.twins and keeping.uses_session(route):
            return keeping.refuse(route, _shared(other), *keeping.roots(other))
    return False


def by_router(keeping: Keeping, route: Function) -> bool:
    """A dependency of a whole router that writes moves with all its routes or with none: it has no twin there."""
    changed = False
    if route not in keeping.entries.route_functions or not keeping.uses_session(route):
        return False
    for other in sorted(keeping.entries.over(route) - keeping.colours.providers, key=lambda item: item.id):
        if not keeping.shares_session(other) or not writes(other, keeping.effects):
            continue
        if route not in keeping.colours.asyncs:
            changed |= keeping.refuse(other, _shared(route))
        elif other not in keeping.colours.asyncs:
            changed |= keeping.refuse(route, _shared(other), *keeping.roots(other))
    return changed


def _shared(other: Function) -> Reason:
    return reason_at("shared-session", f"{other.id} shares its session and stays sync", other)
