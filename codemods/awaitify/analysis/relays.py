"""Dependencies without I/O between a route and a dependency that gets an async twin: they get one too."""

from __future__ import annotations

from collections.abc import Callable, Collection

from awaitify.analysis.colours import Keeping
from awaitify.analysis.entries.model import Entries
from awaitify.analysis.refusals import reason_at
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
        if item.cls is None
        and not item.is_generator
        and not item.file.is_test
        and (item.parent is None or is_copyable(item))
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
        if any(item in twins and item in asyncs for item in keeping.entries.reachable_dependencies(other)):
            return keeping.refuse(function, _shared(other))
    return False


def by_made(keeping: Keeping, route: Function) -> bool:
    """A route over a dependency that a call makes stays where that goes on using the original of a twin."""
    made = keeping.entries.made & keeping.entries.reachable_dependencies(route) - keeping.colours.asyncs
    below = {item for inner in made for item in keeping.entries.reachable_dependencies(inner)}
    for other in sorted(below, key=lambda item: item.id):
        if keeping.shares_session(other) and other in keeping.colours.twins and keeping.uses_session(route):
            return keeping.refuse(route, _shared(other), *keeping.roots(other))
    return False


def _shared(other: Function) -> Reason:
    return reason_at("shared-session", f"{other.id} shares its session and stays sync", other)
