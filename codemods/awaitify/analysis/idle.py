"""Methods and functions that nothing calls: they move with what they call, so that they keep no sync original alive."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Mapping

from tree_sitter import Node

from awaitify.analysis.calls import Resolution
from awaitify.analysis.effects import PATCHED_NAME, Effects
from awaitify.analysis.scope import called_by
from awaitify.analysis.sessions.sources import session_params
from awaitify.analysis.sessions.used import uses_own_session
from awaitify.project.index import Call, Class, File, Function, text_of

#: Base classes of libraries that call nothing of those that derive from them.
PLAIN_BASES = {
    "abc.ABC", "abc.ABCMeta", "typing.Generic", "typing.Protocol", "typing_extensions.Protocol", "builtins.object",
    "pydantic.main.BaseModel", "pydantic.generics.GenericModel",
}  # fmt: skip
MOCKED = ("return_value", "side_effect", "assert_", "call_args", "call_count", "mock_calls")
QUOTED = re.compile(rb"[\"'](\w+)[\"']")


def idle_functions(scope: Collection[Function], effects: Effects) -> set[Function]:
    """What nothing outside of a scope calls but others like it: methods, and functions that take a session; those that
    call into the scope, or work on the session or with the clients of an object whose methods are in it. Every place
    where the name of one is read must be known to mean something else."""
    project = effects.resolution.project
    candidates = {item for item in project.functions.values() if item not in scope and _may_be_idle(item, effects)}
    found = candidates - (read_or_named(project.files, candidates, effects) if candidates else set())
    while True:
        called = {item for item in found if any(_is_outside(call, item, found) for call in _callers(item, effects))}
        if not called:
            break
        found -= called
    methods = [item for item in scope if item.cls is not None]
    owners = {item.cls for item in methods if item.cls is not None and uses_own_session(item, effects)}
    makers = {item.cls for item in methods if awaits_clients(item, effects)}
    return {
        item
        for item in found
        if _belongs(item, scope, owners, effects) or (item.cls in makers and awaits_clients(item, effects))
    }


def awaits_clients(method: Function, effects: Effects) -> bool:
    """Whether a method uses a client that gets its async form where it is kept, which sync code cannot go on using."""
    native = (item for item in effects.of(method) if item.kind == "native" and item.call not in effects.direct)
    forms = (effects.knowledge.form(item.detail) for item in native)
    return bool(effects.native_blocks.get(method)) or any(form is not None and not form.is_free for form in forms)


def _callers(function: Function, effects: Effects) -> list[Call]:
    return effects.resolution.callers.get(function, [])


def _is_outside(call: Call, function: Function, found: Collection[Function]) -> bool:
    """Whether a call keeps a function as it is. Tests of methods move with them, as those of other methods do."""
    return call.function not in found and not (call.file.is_test and function.cls is not None)


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


def read_or_named(
    files: list[File], candidates: set[Function], effects: Effects, quoted: re.Pattern[bytes] = QUOTED
) -> set[Function]:
    """Those whose name stands in a string, is read without a call, or is called where nobody knows what that means."""
    named, found = defaultdict[str, set[Function]](set), set[Function]()
    for item in candidates:
        named[item.name].add(item)
    for file in files:
        words = (item for match in quoted.finditer(file.source.text) for item in match.groups(b""))
        for word in named.keys() & {item.decode() for item in words}:
            found |= {item for item in named[word] if not _is_patched_elsewhere(file, item, effects.resolution)}
        nodes = _unknown_names(file, named, effects)
        for node, targets in zip(nodes, effects.resolution.definitions(file, nodes), strict=True):
            meant = {effects.resolution.function_of(target) for target in targets}
            found |= named[text_of(node)] & (meant if meant and None not in meant else named[text_of(node)])
    return found


def _unknown_names(file: File, named: Mapping[str, set[Function]], effects: Effects) -> list[Node]:
    """Where one of the names is read, or called without an answer what that means."""
    callees, found = {call.callee.id: call for call in file.calls}, []
    for node in file.named(*named):
        owner = node.parent
        if owner is None or owner.child_by_field_name("name") == node:
            continue
        is_read = owner.type == "attribute" and owner.child_by_field_name("attribute") == node
        if is_read and file.is_test and _is_told_to_mock(owner):
            continue
        if is_read or any(item.cls is None for item in named[text_of(node)]):
            call = callees.get(owner.id if is_read else node.id)
            if call is None or not effects.resolution.targets.get(call):
                found.append(node)
    return found


def _is_told_to_mock(node: Node) -> bool:
    """Whether only a mock has what is read of it: `service.find.return_value = item`."""
    outer = node.parent
    name = outer.child_by_field_name("attribute") if outer is not None and outer.type == "attribute" else None
    return name is not None and text_of(name).startswith(MOCKED)


def _is_patched_elsewhere(file: File, function: Function, resolution: Resolution) -> bool:
    """Whether the strings of a test that have a function's name all stand for what other classes have."""
    text = file.source.text.decode()
    owners = [owner.rpartition(".")[2] for owner, name in re.findall(PATCHED_NAME, text) if name == function.name]
    if not file.is_test or len(owners) < len(re.findall(rf"[\"']{function.name}[\"']", text)):
        return False
    classes = [cls for cls in resolution.project.classes.values() if cls.name in owners]
    lineage = resolution.lineage(function.cls) if function.cls is not None else []
    return {cls.name for cls in classes} >= set(owners) and not any(
        cls in lineage or function.cls in resolution.lineage(cls) for cls in classes
    )


def _belongs(function: Function, scope: Collection[Function], owners: set[Class], effects: Effects) -> bool:
    reached = called_by([function], effects) - {function}
    return any(item in scope for item in reached) or (function.cls in owners and uses_own_session(function, effects))
