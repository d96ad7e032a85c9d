"""Where a function's session comes from: only a session whose source becomes async too may be awaited."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from awaitify.analysis.calls import Resolution
from awaitify.analysis.effects import Effects
from awaitify.analysis.entries.depends_site import DependsSite
from awaitify.analysis.entries.model import Entries
from awaitify.analysis.managers import closes_on_exit
from awaitify.analysis.sessions.calls import SESSION_CLASSES
from awaitify.analysis.sessions.current_uses import is_current
from awaitify.analysis.sessions.held import held_in
from awaitify.analysis.sessions.params import session_params
from awaitify.analysis.sessions.proxies import by_hand
from awaitify.analysis.sessions.used import (
    CHOICES,
    handed_by,
    is_kept,
    receivers_of,
    root_of,
    values_of,
)
from awaitify.analysis.values import result_classes, returned, yielded, yielded_classes
from awaitify.analysis.wrapping.sessions import comes_from_caller
from awaitify.plan_model import Reason
from awaitify.project.index import Class, Function, ancestors, text_of
from awaitify.project.nodes import with_of

LEAVES = r"\b{name}\.close\(|\bwith {name}\b|\breturn {name}\b|\byield {name}\b"


def foreign_sessions(
    function: Function, resolution: Resolution, effects: Effects, entries: Entries, providers: set[Function]
) -> Iterator[Reason]:
    """A reason for each session of the function that something makes which does not become async."""
    relative = function.file.source.relative
    for site in _sites(function, entries):
        if site.maker is not None and not site.made and _makes_session_user(site, resolution, entries):
            message = f"{text_of(site.maker)[:60]} makes a dependency that works on a sync session of its own"
            yield Reason("session-source", message, relative, site.call.line)
            continue
        if site.target in providers:
            yield from _returned_leak(site, function, effects)
            continue
        if not _hands_over_session(site, resolution):
            continue
        name = text_of(site.argument) if site.argument is not None else "?"
        yield Reason(
            "session-source", f"{name} hands over a session that it does not make itself{_handed(site, resolution)}",
            relative, site.call.line,
        )  # fmt: skip
    yield from _leaks(function, effects)
    given = _given_names(function, entries, providers)
    handed = [value for value in handed_by(function, effects, ("project",)) if _is_named(value, function, resolution)]
    for receiver in (*receivers_of(function, effects), *handed):
        root = root_of(receiver)
        if is_current(function.file, receiver, effects):
            continue
        if root is None and held_in(receiver, function, effects) is not None:
            continue  # the object moves, or this function stays
        name = text_of(root) if root is not None else ""
        is_foreign = given is not None and function.param(name) is not None and name not in given
        is_unknown = receiver in handed and root is not None and _is_of_unknown(name, function, effects)
        if root is None or is_foreign or is_unknown or not _is_followed(root, function, effects):
            told = by_hand(function.file, receiver, resolution)
            message = f"{text_of(receiver)}: where this session comes from is not followed{told}"
            yield Reason("session-source", message, relative, receiver.start_point[0] + 1)
            return


def _handed(site: DependsSite, resolution: Resolution) -> str:
    """What to do about what a dependency hands over."""
    target = site.target
    if not isinstance(target, Function):
        return ""
    nodes = yielded(target) if target.is_generator else returned(target)
    return next((text for node in nodes if (text := by_hand(target.file, node, resolution, "open it there"))), "")


def _returned_leak(site: DependsSite, function: Function, effects: Effects) -> Iterator[Reason]:
    """A dependency that returns a session which it opens, and a function that does not close it."""
    target = site.target
    if not isinstance(target, Function) or target.is_generator or ".close(" in text_of(function.node):
        return
    if any(effect.kind == "opens" for effect in effects.of(target)):
        message = f"{target.id} returns a session that nothing closes"
        yield Reason("session-leak", message, function.file.source.relative, site.call.line)


def _leaks(function: Function, effects: Effects) -> Iterator[Reason]:
    """Sessions that nothing closes: a sync one gives its connection back when it is collected, an async one cannot."""
    text = text_of(function.node)
    for effect in effects.of(function):
        parent = next((node for node in ancestors(effect.call.node) if node.type not in CHOICES), None)
        if effect.kind != "opens" or with_of(effect.call.node) is not None or parent is None:
            continue
        left = parent.child_by_field_name("left") if parent.type == "assignment" else None
        name = text_of(left) if left is not None and left.type == "identifier" else ""
        if left is not None and left.type == "attribute" and closes_on_exit(function, text_of(left), effects):
            continue
        is_removed = any(item.kind == "remove" and item.detail == name for item in effects.of(function))
        if name and (is_removed or re.search(LEAVES.format(name=re.escape(name)), text)):
            continue
        if parent.type != "return_statement":
            message = f"{text_of(effect.call.node)[:60]} opens a session that is not closed here"
            yield Reason("session-leak", message, function.file.source.relative, effect.call.line)


def _makes_session_user(site: DependsSite, resolution: Resolution, entries: Entries) -> bool:
    """Whether what makes a dependency, `Depends(f(x))`, holds one that FastAPI gives dependencies itself.

    It stays sync; what it loads belongs to another session than the one of the route that becomes async."""
    target = site.target
    if isinstance(target, Class):
        methods = [target.methods[name] for name in ("__init__", "__call__") if name in target.methods]
        return not methods or any(entries.reachable_dependencies(item) for item in methods)
    if target is None:  # a library's: its own, unless it is given something of the project
        arguments = site.maker.child_by_field_name("arguments") if site.maker is not None else None
        names = [item for item in arguments.named_children if item.type == "identifier"] if arguments else []
        return any(
            resolution.function_of(found) for name in names for found in resolution.definition(site.call.file, name)
        )
    inner = [item for item in target.file.functions if item.parent is target]
    return not inner or any(entries.depends_on.get(item) or entries.alias_uses.get(item) for item in inner)


def _sites(function: Function, entries: Entries) -> list[DependsSite]:
    own = [site for site in entries.sites if site.owner is function]
    return own + [site for site, _ in entries.alias_uses.get(function, ())]


def _given_names(function: Function, entries: Entries, providers: set[Function]) -> set[str] | None:
    """The parameters of a route or a dependency that FastAPI fills with a session that is followed, and `self`; None
    for a function that is called otherwise."""
    if function not in entries.route_functions and not any(function in found for found in entries.depends_on.values()):
        return None
    own = [site for site in entries.sites if site.owner is function and site.target in providers]
    nodes = [site.call.node for site in own if site.argument is not None and site.argument.type != "call"]
    nodes += [node for site, node in entries.alias_uses.get(function, ()) if site.target in providers]
    return {"self", "cls"} | {
        param.name
        for param in function.params
        for part in (param.annotation, param.default)
        if part is not None and any(part.start_byte <= node.start_byte < part.end_byte for node in nodes)
    }


def _hands_over_session(site: DependsSite, resolution: Resolution) -> bool:
    """Whether the value of the dependency is a session, by the annotation beside it."""
    node = site.annotation
    if site.alias:
        node = next((item for item in ancestors(site.call.node) if item.type == "assignment"), None)
    if node is None:
        return False
    names = [
        item
        for item in site.call.file.names
        if node.start_byte <= item.start_byte < node.end_byte and text_of(item).endswith("Session")
    ]
    return any(
        target.name in SESSION_CLASSES for found in resolution.definitions(site.call.file, names) for target in found
    )


def _is_followed(root: Node, function: Function, effects: Effects, seen: frozenset[str] = frozenset()) -> bool:
    """Whether a name is a parameter, `self`, or a local that the function opens or gets from a project function."""
    name = text_of(root)
    scope: Function | None = function
    while scope is not None:
        if scope.param(name) is not None:
            return True
        scope = scope.parent
    opened = {effect.call.node.id for effect in effects.of(function) if effect.kind in ("opens", "project", "attached")}
    values = values_of(name, function)
    others = seen | {name}
    wraps = function in effects.wrappings.by_wrapper
    return bool(values) and all(
        value.id in opened
        or is_current(function.file, value, effects)
        or is_kept(value, function)
        or (wraps and comes_from_caller(value, function))
        or (
            (value.type == "identifier" and text_of(value) not in others)
            and _is_followed(value, function, effects, others)
        )
        for value in values
    )


def _is_named(value: Node, function: Function, resolution: Resolution) -> bool:
    """Whether it is a name or an attribute, and not of a session that is async already."""
    is_name = value.type in ("identifier", "attribute")
    return is_name and not any("AsyncSession" in item for item in resolution.class_names(function.file, value))


def _is_of_unknown(name: str, function: Function, effects: Effects) -> bool:
    """Whether a local is what a project function gives of which nobody knows what it is."""
    values = {value.id for value in values_of(name, function)}
    made = [effect for effect in effects.of(function) if effect.kind == "project" and effect.call.node.id in values]
    return not all(
        result_classes(effects.resolution, effect.call)
        or any(yielded_classes(effects.resolution, item) for item in effect.callees if item.is_generator)
        for effect in made
    )


def session_init(cls: Class, resolution: Resolution, classes: list[Class]) -> Function | None:
    """The `__init__`, own or inherited, that takes the session; None when there is none."""
    init = next((owner.methods["__init__"] for owner in classes if "__init__" in owner.methods), None)
    return init if init is not None and session_params(init, resolution) else None
