"""The functions that make an engine: what it has besides its URL, what listens to it, and where they run."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from awaitify.analysis.effects import Effect, Effects
from awaitify.analysis.listeners import LISTENS, heard_by
from awaitify.analysis.scope import called_by
from awaitify.planning.engine_options import DROPPED
from awaitify.planning.listeners import check_listener
from awaitify.project.index import Call, File, Function, is_imported, is_within, owner_of, text_of

#: What takes time and uses no session.
WORK = {"bridge", "unclassified", "unresolved"}
OF_SESSIONS = {"session", "terminal", "root", "opens", "remove", "iterate", "attached"}


def lost_beside(file: File, node: Node, effects: Effects) -> str:
    """What an async engine would lack that is made of nothing but the URL of this one: an option, or what registers a
    listener; "" where nothing is known to be lost."""
    for function in _makers(file, node, effects):
        for call in (item for item in function.file.calls if is_within(item.node, function.node)):
            name = text_of(call.callee).rpartition(".")[2]
            if name == "create_engine" and (options := _own_options(call)):
                return options[0]
            if name in LISTENS and call.arguments and call.arguments[0].type == "identifier":
                return text_of(call.node)
    return ""


def listens(node: Node, file: File, effects: Effects) -> bool:
    """Whether this is a function that a maker registers as a listener: it is given sync things, in the async engine
    too. Raises NotTwinned where it would stop the loop."""
    parent = node.parent
    if node.type != "function_definition" or parent is None:
        return False
    for call in (item for item in file.calls if is_within(item.node, parent)):
        if text_of(call.callee).rpartition(".")[2] in LISTENS:
            for function in (item for item in heard_by(file, call, effects.resolution) if item.node == node):
                check_listener(call, function, effects)
                return True
    return False


def is_import_work(effect: Effect, function: Function | None, effects: Effects) -> bool:
    """Whether a call in a maker only runs as modules are imported, where nothing else waits for it."""
    reached = called_by(effect.callees, effects) if effect.kind == "project" else set[Function]()
    kinds = {item.kind for callee in reached for item in effects.of(callee)}
    is_apart = effect.kind in WORK or (bool(reached) and not kinds & OF_SESSIONS)
    return function is not None and is_apart and _runs_at_import(function, effects, {function})


def _runs_at_import(function: Function, effects: Effects, seen: set[Function]) -> bool:
    """Whether all that mentions a function are imports and calls at module level, or in functions that run there."""
    files = [file for file in effects.resolution.project.files if not file.is_test]
    names = [node for file in files for node in file.named(function.name) if node != function.name_node]
    calls = [call for call in effects.resolution.callers.get(function, ()) if not call.file.is_test]
    called = {(call.callee.child_by_field_name("attribute") or call.callee).id for call in calls}
    around = {call.function for call in calls if call.function is not None and call.function not in seen}
    is_called = bool(calls) and all(node.id in called or is_imported(node) for node in names)
    return is_called and all(_runs_at_import(item, effects, seen | around) for item in around)


def _makers(file: File, node: Node, effects: Effects) -> Iterator[Function]:
    """The functions that an engine comes from: what a call reaches, or the function that it stands in."""
    call = effects.resolution.call_at(file, node)
    effect = effects.by_call.get(call) if call is not None else None
    around = owner_of(file, node) if effect is None else None
    yield from called_by(effect.callees, effects) if effect is not None else [around] if around is not None else ()


def _own_options(call: Call) -> list[str]:
    """The options of an engine but SQLite's leave to be used in several threads."""
    options = [text_of(item) for item in call.arguments[1:]]
    return [item for item in options if item.partition("=")[0] not in DROPPED and "check_same_thread" not in item]
