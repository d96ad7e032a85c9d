"""Functions that are one piece of blocking work: better called in a thread as they are than made async around it."""

from __future__ import annotations

import re

from tree_sitter import Node

from awaitify.analysis.effects import Effects
from awaitify.analysis.entries.model import Entries
from awaitify.analysis.mapping.finding import Mapping
from awaitify.analysis.sessions.calls import SESSION_CLASSES
from awaitify.project.expressions import COMPREHENSIONS, is_first_iterable
from awaitify.project.index import Call, File, Function, ancestors

LOOPS = {"for_statement", "while_statement"}
KINDS = {"bridge", "harmless", "lazy"}


def is_piece(function: Function, effects: Effects, entries: Entries) -> bool:
    """Whether a plain function only blocks, and everything that calls it may do so in a thread."""
    if function.is_async or function.decorators or function.parent is not None or function.name.startswith("__"):
        return False
    handled = entries.route_functions | set(entries.depends_on) | entries.shared | entries.on_loop
    if function in handled or any(function in inner for inner in entries.depends_on.values()):
        return False
    if function in entries.life.handlers or function in entries.life.lifespans:
        return False
    callers = effects.resolution.callers.get(function, ())
    if any(effect.kind not in KINDS for effect in effects.of(function)):
        return False
    return bool(callers) and all(call.in_lambda is False and not _carries(call, effects) for call in callers)


def in_loop(node: Node) -> bool:
    """Whether an expression is evaluated again and again in its function."""
    inner = node
    for outer in ancestors(node):
        if outer.type in ("function_definition", "lambda"):
            return False
        if outer.type in LOOPS and inner not in (outer.child_by_field_name("right"), outer.child_by_field_name("left")):
            return True
        if outer.type in COMPREHENSIONS and not is_first_iterable(node, outer):
            return True
        inner = outer
    return False


def _carries(call: Call, effects: Effects) -> bool:
    """Whether a session or one of its objects flows into a call: neither may be used in another thread."""
    names = {name for node in call.arguments for name in effects.resolution.class_names(call.file, node)}
    return not names.isdisjoint(SESSION_CLASSES) or has_mapped_argument(call, effects)


def has_mapped_argument(call: Call, effects: Effects) -> bool:
    """Whether an object of a session flows into a call, by itself or in a container."""
    return any(_holds_mapped(call.file, node, effects) for node in call.arguments)


def _holds_mapped(file: File, node: Node, effects: Effects) -> bool:
    value = node.named_children[-1] if node.type == "keyword_argument" else node
    if any(may_be_mapped(name, effects.mapping) for name in effects.resolution.class_names(file, value)):
        return True
    words = effects.resolution.hover(file, value).partition("\n---")[0]
    words = words.rpartition("-> ")[2] if value.type == "call" else words
    found = set(re.findall(r"\w+", words))
    return any(mapped.cls.name in found for mapped in effects.mapping.classes.values())


def may_be_mapped(cls_id: str, mapping: Mapping) -> bool:
    """Whether objects of a class may belong to a session: it is mapped, or a mapped class derives from it."""
    if cls_id in mapping.classes or cls_id in mapping.imperative:
        return True
    return any(base.id == cls_id for mapped in mapping.classes.values() for base in mapping.names.bases(mapped.cls))
