"""Where functions work on the session of the request that a module gives to everyone: `db.session.add(item)`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from tree_sitter import Node

from awaitify.analysis.implicit import is_property
from awaitify.project.index import File, Function, is_imported, is_label, text_of

if TYPE_CHECKING:
    from awaitify.analysis.effects import Effects
    from awaitify.analysis.sessions.current import Current


def is_current(file: File, node: Node, effects: Effects) -> bool:
    """Whether an expression is such a session."""
    if not effects.current or node.type not in ("attribute", "call", "identifier"):
        return False
    name = node.child_by_field_name("function") if node.type == "call" else node
    if name is None:
        return False
    last = name.child_by_field_name("attribute") or name
    return any(whole == node for whole, _ in _uses(file, [last], effects))


def uses_of(function: Function, effects: Effects) -> list[tuple[Node, Function | Current]]:
    """The expressions in a function that are such a session, each with what gives it; what fills it has none."""
    if any(setter.function is function for item in effects.current for setter in item.setters):
        return []
    return list(_uses(function.file, function.file.names_in(function.outer), effects)) if effects.current else []


def _uses(file: File, nodes: list[Node], effects: Effects) -> Iterator[tuple[Node, Function | Current]]:
    readers = {reader for item in effects.current for reader in item.readers}
    registries = {(str(item.home.path), item.name.start_byte): item for item in effects.current if item.is_global}
    names = {reader.name for reader in readers} | {text_of(item.name) for item in registries.values()}
    nodes = [node for node in nodes if text_of(node) in names and not is_imported(node)]
    for node, targets in zip(nodes, effects.resolution.definitions(file, nodes), strict=True):
        places = [(str(target.path), target.offset) for target in targets]
        found = [registries[place] for place in places if place in registries]
        reader = next((item for item in map(effects.resolution.function_of, targets) if item in readers), None)
        if found and not (node == found[0].name and file is found[0].home):
            yield (node.parent or node) if is_label(node) else node, found[0]
        elif reader is not None and node != reader.name_node:
            yield _whole(node, reader), reader


def _whole(node: Node, reader: Function) -> Node:
    """The expression that is the session: `db.session`, `current_session()`."""
    parent = node.parent
    is_last = parent is not None and parent.type == "attribute" and parent.child_by_field_name("attribute") == node
    whole = parent if is_last and parent is not None else node
    outer = whole.parent
    if is_property(reader) or outer is None or outer.type != "call":
        return whole
    return outer if outer.child_by_field_name("function") == whole else whole


def users(effects: Effects) -> Mapping[Function, list[Function | Current]]:
    """The functions of the service that work on such sessions, each with what gives them; what fills the variables is
    none."""
    if not effects.current:
        return {}
    apart = {one for item in effects.current for one in item.given}
    files = [file for file in effects.resolution.project.files if not file.is_test]
    functions = [item for file in files for item in file.functions if item not in apart]
    found = {function: [giver for _, giver in uses_of(function, effects)] for function in functions}
    return {function: givers for function, givers in found.items() if givers}
