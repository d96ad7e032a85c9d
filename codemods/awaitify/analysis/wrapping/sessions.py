"""Sessions that wrappers open and hand to the functions below them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tree_sitter import Node

from awaitify.analysis.sessions.calls import SESSION_CLASSES
from awaitify.analysis.wrapping.finding import handed, read_keys
from awaitify.analysis.wrapping.model import Wrapping
from awaitify.project.index import Call, Function

if TYPE_CHECKING:
    from awaitify.analysis.effects import Effects


def takes_session(argument: Node, call: Call, effects: Effects) -> bool:
    """Whether an argument of a call in a wrapper reaches nothing but parameters that are sessions."""
    wrapping = effects.wrappings.by_call[call]
    value = argument.child_by_field_name("value") if argument.type == "keyword_argument" else argument
    names = [
        next((name for name, node in handed(wrapping, call, function) if node == value), "")
        for function in wrapping.functions
    ]
    return all(_is_session(name, function, effects) for name, function in zip(names, wrapping.functions, strict=True))


def is_handed_on(left: Node, function: Function, effects: Effects) -> bool:
    """Whether `kwargs["db"] = session` gives a session to nothing but parameters that are sessions."""
    wrapping: Wrapping | None = effects.wrappings.by_wrapper.get(function)
    if wrapping is None or left.type != "subscript":
        return False
    key = next((name for name, nodes in read_keys(function).items() if any(node == left for node in nodes)), "")
    return bool(key) and all(_is_session(key, item, effects) for item in wrapping.functions)


def comes_from_caller(value: Node, function: Function) -> bool:
    """Whether a value in a wrapper is one of the keyword arguments that it was called with."""
    return any(node == value for nodes in read_keys(function).values() for node in nodes)


def _is_session(name: str, function: Function, effects: Effects) -> bool:
    param = function.param(name) if name else None
    found = effects.resolution.class_names(function.file, param.node) if param is not None else set[str]()
    return bool(found & set(SESSION_CLASSES))
