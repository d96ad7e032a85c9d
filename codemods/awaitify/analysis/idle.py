"""Methods that nothing calls: they move with what they call, so that they keep no sync original alive."""

from __future__ import annotations

import re
from collections.abc import Collection

from awaitify.analysis.effects import Effects
from awaitify.analysis.scope import called_by
from awaitify.analysis.sessions.sources import uses_own_session
from awaitify.project.index import Class, File, Function, text_of

QUOTED = re.compile(rb"[\"'](\w+)[\"']")


def idle_methods(scope: Collection[Function], effects: Effects) -> set[Function]:
    """Methods outside of a scope that nothing calls but other such methods; those that call into the scope, or work on
    the session of an object whose methods are in it. Every place where the name of one is read must be known to mean
    something else."""
    project, resolution = effects.resolution.project, effects.resolution
    candidates = {item for item in project.functions.values() if item not in scope and _may_be_idle(item, effects)}
    open_names = _open_names(project.files, {item.name for item in candidates}, effects) if candidates else set()
    found = {item for item in candidates if item.name not in open_names}
    while True:
        called = {
            item for item in found if any(call.function not in found for call in resolution.callers.get(item, ()))
        }
        if not called:
            break
        found -= called
    owners = {item.cls for item in scope if item.cls is not None and uses_own_session(item, effects)}
    return {item for item in found if _belongs(item, scope, owners, effects)}


def _may_be_idle(function: Function, effects: Effects) -> bool:
    is_plain = function.cls is not None and function.parent is None and not function.decorators
    is_own = not function.file.is_test and not function.name.startswith("__")
    return is_plain and is_own and function.cls is not None and function.cls.id not in effects.mapping.classes


def _open_names(files: list[File], names: set[str], effects: Effects) -> set[str]:
    """Names that stand in a string, are read without a call, or are called where nobody knows what that means."""
    found: set[str] = set()
    for file in files:
        found |= names.intersection(item.decode() for item in QUOTED.findall(file.source.text))
        callees = {call.callee.id: call for call in file.calls}
        for node in file.names:
            owner = node.parent
            name = text_of(node)
            is_read = owner is not None and owner.type == "attribute" and owner.child_by_field_name("attribute") == node
            if name not in names or owner is None or not is_read:
                continue
            call = callees.get(owner.id)
            if call is None or not effects.resolution.targets.get(call):
                found.add(name)
    return found


def _belongs(function: Function, scope: Collection[Function], owners: set[Class], effects: Effects) -> bool:
    reached = called_by([function], effects) - {function}
    return any(item in scope for item in reached) or (function.cls in owners and uses_own_session(function, effects))
