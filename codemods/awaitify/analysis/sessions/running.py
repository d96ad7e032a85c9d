"""The sessions on which converted functions can run what reads lazily, and the calls that cannot go there."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from awaitify.analysis.loading.running_places import Sessions
from awaitify.analysis.sessions.sources import receivers_of, session_params
from awaitify.project.index import Function, text_of

if TYPE_CHECKING:
    from awaitify.analysis.colours import Keeping
    from awaitify.analysis.effects import Effect

#: Calls that stay as they are.
STAYING = {"harmless", "hands-off", "stays"}


def running_sessions(functions: Collection[Function], keeping: Keeping) -> Sessions:
    """What the functions, which become async, write for their sessions, and which of their calls are rewritten."""
    codes = {function.id: _codes(function, keeping) for function in functions}
    calls = (effect for function in functions for effect in keeping.effects.of(function))
    return Sessions(codes, {effect.call.node.id for effect in calls if _moves(effect, keeping)})


def _codes(function: Function, keeping: Keeping) -> list[str]:
    """Its only parameter that is a session, else what its object keeps."""
    params = session_params(function, keeping.resolution)
    if params:
        return params
    lineage = keeping.resolution.lineage(function.cls) if function.cls is not None else []
    methods = [function, *(item for cls in lineage for item in cls.methods.values())]
    found = dict.fromkeys(text_of(node) for item in methods for node in receivers_of(item, keeping.effects))
    return [code for code in found if code.startswith("self.") and code.count(".") == 1]


def _moves(effect: Effect, keeping: Keeping) -> bool:
    if effect.kind != "project":
        return effect.kind not in STAYING
    done = effect.call in keeping.effects.bridged or effect.call in keeping.effects.twinned
    moving = keeping.colours.asyncs.intersection(effect.callees)
    return done or effect.call in keeping.colours.bridges or bool(moving)
