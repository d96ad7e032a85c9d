"""The sessions on which converted functions can run what reads lazily, and the calls that cannot go there."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from awaitify.analysis.loading.running_places import Sessions
from awaitify.analysis.local_bindings import bound_to
from awaitify.analysis.sessions.sources import session_params
from awaitify.analysis.sessions.used import receivers_of
from awaitify.project.index import Class, Function, text_of

if TYPE_CHECKING:
    from awaitify.analysis.colours import Keeping
    from awaitify.analysis.effects import Effect

#: An attribute of the function's own object, by a public name.
OWN = re.compile(r"self\.[A-Za-z]\w*")
#: Calls that stay as they are.
STAYING = {"harmless", "hands-off", "stays"}


def running_sessions(functions: Collection[Function], keeping: Keeping) -> Sessions:
    """What the functions, which become async, write for their sessions, and which of their calls are rewritten."""
    codes = {function.id: _codes(function, keeping) for function in functions}
    calls = (effect for function in functions for effect in keeping.effects.of(function))
    return Sessions(codes, {effect.call.node.id for effect in calls if _moves(effect, keeping)})


def _codes(function: Function, keeping: Keeping) -> list[str]:
    """Its only parameter that is a session, else what its object keeps, else what an object keeps that it is given or
    that its own object keeps: what reads lazily finds its own session, whichever it runs on."""
    params = session_params(function, keeping.resolution) or _around(function, keeping)
    if params:
        return params
    own = _kept([function, *_methods(function.cls, keeping)], keeping)
    if own or function.file.is_test:
        return [f"self.{name}" for name in own]
    return list(_held(function, keeping))[:1]


def _around(function: Function, keeping: Keeping) -> list[str]:
    """The session that a function around this one is given and that moves, under the name that it has here too."""
    outer = function.parent
    while outer is not None and outer in keeping.colours.asyncs:
        names = session_params(outer, keeping.resolution)
        if names:
            return [] if any(list(bound_to(name, function.node)) for name in names) else names
        outer = outer.parent
    return []


def _held(function: Function, keeping: Keeping) -> Iterator[str]:
    """The async sessions of the objects that it is given, or works with as attributes of its own."""
    given = [(param.name, param.node) for param in function.params]
    owners = [call.callee.child_by_field_name("object") for call in function.calls if call.callee.type == "attribute"]
    given += [(text_of(node), node) for node in owners if node is not None and OWN.fullmatch(text_of(node))]
    for code, node in given:
        for name in sorted(keeping.resolution.class_names(function.file, node)):
            cls = keeping.resolution.project.classes.get(name)
            is_async = cls is not None and keeping.objects.maker(cls, function)[0] is not None
            for kept in _kept(_methods(cls, keeping), keeping) if is_async else ():
                if not kept.startswith("_"):
                    yield f"{code}.{kept}"


def _methods(cls: Class | None, keeping: Keeping) -> list[Function]:
    lineage = keeping.resolution.lineage(cls) if cls is not None else []
    return [item for one in lineage for item in one.methods.values()]


def _kept(methods: Collection[Function], keeping: Keeping) -> list[str]:
    """The attributes of their object that are the sessions which methods work on."""
    found = dict.fromkeys(text_of(node) for item in methods for node in receivers_of(item, keeping.effects))
    return [code.removeprefix("self.") for code in found if code.startswith("self.") and code.count(".") == 1]


def _moves(effect: Effect, keeping: Keeping) -> bool:
    if effect.kind != "project":
        return effect.kind not in STAYING
    done = effect.call in keeping.effects.bridged or effect.call in keeping.effects.twinned
    moving = keeping.colours.asyncs.intersection(effect.callees)
    return done or effect.call in keeping.colours.bridges or bool(moving)
