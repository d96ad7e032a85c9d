"""Methods and functions that nothing calls: they move with what they call, so that they keep no sync original alive."""

from __future__ import annotations

import re
from collections.abc import Collection

from awaitify.analysis.effects import Effects
from awaitify.analysis.scope import called_by
from awaitify.analysis.sessions.sources import session_params, uses_own_session
from awaitify.project.index import Class, File, Function, text_of

#: Base classes of libraries that call nothing of those that derive from them.
PLAIN_BASES = {
    "abc.ABC", "abc.ABCMeta", "typing.Generic", "typing.Protocol", "typing_extensions.Protocol", "builtins.object",
    "pydantic.main.BaseModel", "pydantic.generics.GenericModel",
}  # fmt: skip
QUOTED = re.compile(rb"[\"'](\w+)[\"']")


def idle_functions(scope: Collection[Function], effects: Effects) -> set[Function]:
    """What nothing outside of a scope calls but others like it: methods, and functions that take a session; those that
    call into the scope, or work on the session of an object whose methods are in it. Every place where the name of one
    is read must be known to mean something else."""
    project, resolution = effects.resolution.project, effects.resolution
    candidates = {item for item in project.functions.values() if item not in scope and _may_be_idle(item, effects)}
    open_names = _open_names(project.files, candidates, effects) if candidates else set()
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
    if function.parent is not None or function.decorators or function.file.is_test or function.name.startswith("__"):
        return False
    if function.cls is None:  # what takes no session may be called by its name from outside, as a script is
        return bool(session_params(function, effects.resolution))
    return function.cls.id not in effects.mapping.classes and not is_hooked(function.cls, effects)


def is_hooked(cls: Class, effects: Effects) -> bool:
    """Whether a class derives from one that is not the project's: what defines that may call its methods, as Celery
    does `on_failure` of a task, and logging `emit` of a handler."""
    resolution = effects.resolution
    for item in resolution.lineage(cls):
        bases = [node.child_by_field_name("value") if node.type == "subscript" else node for node in item.bases]
        asked = [node for node in bases if node is not None and node.type in ("identifier", "attribute")]
        if len(asked) < sum(node.type != "keyword_argument" for node in item.bases):
            return True
        for targets in resolution.definitions(item.file, asked):
            names = {target.name for target in targets if not target.in_project}
            if not targets or not names <= PLAIN_BASES:
                return True
    return False


def _open_names(files: list[File], candidates: set[Function], effects: Effects) -> set[str]:
    """Names that stand in a string, are read without a call, or are called where nobody knows what that means."""
    names, found = {item.name for item in candidates}, set[str]()
    plain = {item.name for item in candidates if item.cls is None}
    for file in files:
        found |= names.intersection(item.decode() for item in QUOTED.findall(file.source.text))
        callees = {call.callee.id: call for call in file.calls}
        for node in file.named(*names):
            owner = node.parent
            name = text_of(node)
            if owner is None or owner.child_by_field_name("name") == node:
                continue
            is_read = owner.type == "attribute" and owner.child_by_field_name("attribute") == node
            if not is_read and name not in plain:
                continue
            call = callees.get(owner.id if is_read else node.id)
            if call is None or not effects.resolution.targets.get(call):
                found.add(name)
    return found


def _belongs(function: Function, scope: Collection[Function], owners: set[Class], effects: Effects) -> bool:
    reached = called_by([function], effects) - {function}
    return any(item in scope for item in reached) or (function.cls in owners and uses_own_session(function, effects))
