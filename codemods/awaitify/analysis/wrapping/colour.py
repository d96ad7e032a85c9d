"""A function and what the project's decorators put around it become async together."""

from __future__ import annotations

from awaitify.analysis.colours import Keeping
from awaitify.analysis.refusals import reason_at


def by_wrappers(keeping: Keeping) -> bool:
    """A function stays with a wrapper that stays; a wrapper moves for the functions below that do."""
    changed, asyncs = False, keeping.colours.asyncs
    for wrapping in keeping.effects.wrappings.all:
        wrapper, maker = wrapping.shape.wrapper, wrapping.shape.maker
        moving = [item for item in wrapping.functions if item in asyncs and not item.is_async]
        if wrapper in asyncs and not moving:
            changed |= keeping.refuse(wrapper, reason_at("not-needed", f"nothing below @{maker.name} moves", wrapper))
        for function in moving if wrapper not in asyncs else ():
            reason = reason_at("decorator", f"@{maker.name} stays as it is", maker)
            changed |= keeping.refuse(function, *keeping.roots(wrapper) or [reason])
    return changed
