"""Follows a read back through parameters and results to the functions that may have made the object."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from awaitify.analysis.loading_names import positional
from awaitify.analysis.loading_reads import Read
from awaitify.analysis.loading_types import Types
from awaitify.project.index import Call, Function, text_of

Sites = dict[str, list[tuple[Function, Call]]]


def spread(reads: list[Read], types: Types, sites: Sites, through: dict[str, list[Read]]) -> list[Read]:
    """The same reads as they look from callers (at the call that passes the object) and from callees (at the return
    that gives it). Only objects in plain names are followed.

    sites: function id -> the calls of it; through: a property's id -> the reads of it.
    """
    seen: set[tuple[str, int, int, str, str]] = set()
    queue, found = list(reads), []
    while queue:
        read = queue.pop()
        for derived in _steps(read, types, sites, through):
            receiver = derived.receiver.id if derived.receiver is not None else 0
            key = (derived.function.id, derived.node.id, receiver, derived.cls, derived.attr)
            if key not in seen:
                seen.add(key)
                found.append(derived)
                queue.append(derived)
    return found


def _steps(read: Read, types: Types, sites: Sites, through: dict[str, list[Read]]) -> Iterator[Read]:
    node = read.receiver
    if node is None or read.path:
        return
    if node.type == "identifier":
        name = text_of(node)
        if read.function.cls is not None and read.function.params and read.function.params[0].name == name:
            for outer in through.get(read.function.id, []):
                yield Read(outer.function, read.cls, read.attr, outer.node, outer.receiver, outer.path)
        if read.function.param(name) is not None:
            for caller, call in sites.get(read.function.id, []):
                argument = passed(call, read.function, name)
                if argument is not None and argument.type == "identifier":
                    yield Read(caller, read.cls, read.attr, call.node, argument)
        for how, right in types.bindings(read.function).get(name, []):
            if how == "is":
                yield from _results(read, right, types)
    else:
        yield from _results(read, node, types)


def _results(read: Read, node: Node, types: Types) -> Iterator[Read]:
    while node.type in ("await", "parenthesized_expression"):
        node = node.named_children[-1]
    if node.type != "call":
        return
    for callee in types.callees(read.function, node):
        for statement in callee.returns:
            if statement.named_children and statement.named_children[0].type in ("identifier", "call", "await"):
                returned = statement.named_children[0]
                yield Read(callee, read.cls, read.attr, returned, returned)


def passed(call: Call, function: Function, name: str) -> Node | None:
    """The argument that a call gives to a parameter."""
    for child in call.arguments:
        key = child.child_by_field_name("name") if child.type == "keyword_argument" else None
        if key is not None and text_of(key) == name:
            return child.child_by_field_name("value")
    names = [param.name for param in function.params if not param.star]
    if function.cls is not None and call.callee.type == "attribute" and names:
        names = names[1:]
    arguments = positional(call.node)
    return arguments[names.index(name)] if name in names and names.index(name) < len(arguments) else None
