"""`isinstance(error, requests.Timeout)`: whether what is asked comes from handlers alone.

Those are looked at where they stand around a call: an exception that is passed on keeps its call in a thread."""

from __future__ import annotations

import re

from tree_sitter import Node

from awaitify.analysis.direct.bindings import BINDS, bindings, home_of
from awaitify.analysis.direct.handlers import CLAUSES, caught
from awaitify.analysis.direct.model import field_of
from awaitify.analysis.effects import Effects
from awaitify.analysis.fact_finding import bind
from awaitify.project.index import File, Function, ancestors, is_imported, is_within, text_of

MARKS = {"staticmethod", "classmethod"}


def is_asked_of_caught(call: Node, file: File, effects: Effects) -> bool:
    """Whether the first argument of `isinstance` is the exception of a handler."""
    arguments = field_of(call, "arguments")
    values = [item for item in arguments.named_children if item.type != "comment"] if arguments is not None else []
    return len(values) == 2 and _is_caught(values[0], file, effects, set())


def _is_caught(value: Node, file: File, effects: Effects, seen: set[Function]) -> bool:
    """Whether a value is the name that a handler around it binds, or a parameter that gets only such names."""
    function = home_of(value, file) if value.type == "identifier" else None
    if function is None or function.is_generator:
        return False
    name = text_of(value)
    for outer in ancestors(value):
        bound = caught(outer)[1] if outer.type in CLAUSES else None
        if bound is not None and text_of(bound) == name and is_within(value, outer):
            return True
        if outer == function.node:
            break
    return _is_given(name, function, effects, seen)


def _is_given(name: str, function: Function, effects: Effects, seen: set[Function]) -> bool:
    if function in seen:
        return True
    seen.add(function)
    is_rebound = any(item.how in BINDS for item in bindings(name, function.file, function))
    marks = {text_of(item).lstrip("@") for item in function.decorators}
    if function.param(name) is None or is_rebound or marks - MARKS or function.name.startswith("__"):
        return False
    calls = effects.resolution.callers.get(function, ())
    given = [(value, call.file) for call in calls for word, value in bind(function, call) if word == name]
    return (
        bool(calls)
        and len(given) == len(calls)
        and not _is_passed_on(function, effects)
        and all(_is_caught(value, home, effects, seen) for value, home in given)
    )


def _is_passed_on(function: Function, effects: Effects) -> bool:
    """Whether the name of a function stands anywhere but where it is called or defined."""
    word = re.compile(rb"\b%s\b" % re.escape(function.name.encode()))
    for file in effects.resolution.project.files:
        if not word.search(file.source.text):
            continue
        for node in file.names:
            if text_of(node) != function.name:
                continue
            parent = node.parent
            whole = parent if parent is not None and field_of(parent, "attribute") == node else node
            outer = whole.parent
            is_called = outer is not None and outer.type == "call" and field_of(outer, "function") == whole
            is_defined = outer is not None and outer.type == "function_definition"
            if not (is_called or is_defined or is_imported(node)):
                return True
    return False
