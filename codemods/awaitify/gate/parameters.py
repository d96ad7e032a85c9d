"""Which parameter of a project function receives an argument, and what the function does with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from tree_sitter import Node

from awaitify.gate.climb import climb
from awaitify.gate.references import callee_identifier
from awaitify.gate.returns import is_guarded
from awaitify.gate.stores import parameter_reads
from awaitify.gate.symbols import Function, Symbols
from awaitify.gate.syntax import code, contains
from awaitify.gate.verdicts import Argument, Lost, PassedTo, Verdict
from awaitify.resolve.model import Target


def takers(call: Node) -> list[Node]:
    """The names to ask about who gets the arguments of a call: its callee, and a first argument that it may make
    (`Factory(Repository, session_factory=f)`)."""
    arguments = call.child_by_field_name("arguments")
    first = next((item for item in arguments.named_children if item.type != "comment"), None) if arguments else None
    found = (callee_identifier(node) for node in (call.child_by_field_name("function"), first))
    return [node for node in found if node is not None]


def follow_argument(symbols: Symbols, targets: Mapping[Node, tuple[Target, ...]], argument: Argument) -> list[Verdict]:
    """What becomes of an async function, or a coroutine, that is an argument of this call. Names that it is passed on
    to, further calls that it is an argument of, and at most one Lost, at the place of the argument.

    targets: what the takers of the call mean."""
    called = callee_identifier(argument.call.child_by_field_name("function"))
    found = parameter_of(symbols, targets.get(called, ()) if called is not None else (), argument)
    if found is None and argument.keyword and argument.colour.level:
        made = (item for node, items in targets.items() if node != called for item in items)
        found = parameter_of(symbols, tuple(made), argument)
    callee = code(argument.call.child_by_field_name("function"))[:60]
    if found is None:
        return [Lost(f"given to {callee}", argument.at)]
    function, name = found
    if is_guarded(function.node):
        return []
    verdicts: list[Verdict] = []
    reads = list(parameter_reads(function.node, code(name)))
    if not reads and argument.colour.level == 0:
        return [Lost(f"given to {callee}, which does not read it", argument.at)]
    for read in reads:
        verdict = climb(read, argument.colour)
        if isinstance(verdict, Lost):
            return [Lost(f"given to {callee}, where it is lost: {verdict.how}", argument.at)]
        if isinstance(verdict, Argument):
            verdicts.append(replace(verdict, at=argument.at, path=function.path))
        elif isinstance(verdict, PassedTo):
            verdicts.append(_passed(function, verdict, argument))
    return verdicts


def _passed(function: Function, verdict: PassedTo, argument: Argument) -> Verdict:
    """What the function returns is judged where this call stands, so that its other callers are left alone."""
    if verdict.name != function.node.child_by_field_name("name"):
        return replace(verdict, path=function.path)
    onward = climb(argument.call, replace(verdict.colour, level=verdict.colour.level - 1))
    return replace(onward, path=argument.path) if isinstance(onward, PassedTo | Argument) else onward


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
