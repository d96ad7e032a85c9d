"""All of a request that works on the session which a module gives to everyone moves together, or stays."""

from __future__ import annotations

from awaitify.analysis.colours import Keeping
from awaitify.analysis.refusals import reason_at
from awaitify.analysis.scope import called_by
from awaitify.analysis.sessions.current_uses import users
from awaitify.project.index import Function

STAYS = "{} works on the session of the same request and stays sync"
APART = "{} takes the session of a request, and no route reaches it"


def by_current(keeping: Keeping) -> bool:
    """Takes out the routes that reach something else, and what works on such a session outside of requests."""
    if not keeping.effects.current:
        return False
    using = set(users(keeping.effects))
    filling = {function for item in keeping.effects.current for function in item.sync}
    changed, served = False, set[Function]()
    for route in sorted(keeping.entries.route_functions, key=lambda item: item.id):
        reached = called_by([route], keeping.effects, keeping.entries)
        served |= reached
        met = sorted((reached & using) - keeping.colours.asyncs | reached & filling, key=lambda item: item.id)
        if route in keeping.colours.asyncs and reached & using and met:
            changed |= keeping.refuse(route, reason_at("shared-session", STAYS.format(met[0].id), met[0]))
    for function in sorted((using & keeping.colours.asyncs) - served, key=lambda item: item.id):
        changed |= keeping.refuse(function, reason_at("session-source", APART.format(function.id), function))
    return changed
