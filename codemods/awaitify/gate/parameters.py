"""Which parameter of a project function receives an argument."""

from __future__ import annotations

from tree_sitter import Node

from awaitify.gate.symbols import Function, Symbols
from awaitify.gate.syntax import code, contains
from awaitify.gate.verdicts import Argument
from awaitify.resolve.model import Target


def parameter_of(symbols: Symbols, targets: tuple[Target, ...], argument: Argument) -> tuple[Function, Node] | None:
    """The function and the name node of its parameter, when every target is known to the project; else None."""
    for target in targets:
        if target.path is None:
            continue
        function = symbols.functions.get((target.path, target.offset))
        if target.kind == "class":
            function = _constructor(symbols, target)
        if function is not None and (name := _parameter(function, argument)) is not None:
            return function, name
    return None


def _constructor(symbols: Symbols, target: Target) -> Function | None:
    """The `__init__` written in a class of the project."""
    assert target.path is not None
    root = symbols.roots.get(target.path)
    node = root.descendant_for_byte_range(target.offset, target.offset + 1) if root is not None else None
    owner = node.parent if node is not None else None
    if owner is None or owner.type != "class_definition":
        return None
    return next(
        (
            item
            for item in symbols.functions.values()
            if item.name == "__init__" and item.path == target.path and item.in_class and contains(owner, item.node)
        ),
        None,
    )


def _parameter(function: Function, argument: Argument) -> Node | None:
    if argument.keyword:
        return next((node for node in function.params if code(node) == argument.keyword), None)
    bound = function.in_class and "staticmethod" not in function.decorators
    position = argument.position + int(bound)
    return function.params[position] if position < len(function.params) else None
