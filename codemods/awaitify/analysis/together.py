"""What moves together beyond calls: methods that one object serves with sessions, and what enters a unit of work."""

from __future__ import annotations

from awaitify.analysis.colours import Keeping
from awaitify.analysis.refusals import reason_at


def by_factories(colouring: Keeping) -> bool:
    """Methods that open sessions by what their object keeps move together: it is sync or async for all of them."""
    changed, colours = False, colouring.colours
    for factory in colouring.effects.factories:
        stuck = [item for item in factory.users if item not in colours.asyncs or item in colours.twins]
        for user in factory.users if stuck else ():
            message = f"{stuck[0].id} opens sessions in the same way and stays sync"
            changed |= colouring.refuse(user, reason_at("session-source", message, stuck[0]))
    return changed


def by_managers(colouring: Keeping) -> bool:
    """Units of work move when everything that enters them does; what enters one that stays may not move."""
    changed, colours = False, colouring.colours
    for manager in colouring.effects.managers:
        members = [*manager.methods, *manager.users]
        stuck = [item for item in members if item not in colours.asyncs or item in colours.twins]
        works = any(item in colours.effectful for item in manager.methods)
        for item in members if stuck else ():
            if item in manager.methods or works:
                message = f"{stuck[0].id} stays sync, and so do all units of work of its kind"
                reason = reason_at("implicit-call", message, stuck[0])
                changed |= colouring.refuse(item, reason, *colouring.roots(stuck[0]))
    return changed
