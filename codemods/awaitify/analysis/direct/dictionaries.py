"""Which expressions are dictionaries for certain, whatever their values are."""

from __future__ import annotations

import re

from tree_sitter import Node

from awaitify.analysis.calls import Resolution
from awaitify.analysis.direct.bindings import BINDS, bindings, falls_through, home_of
from awaitify.analysis.direct.kinds import CLEAR
from awaitify.analysis.direct.model import field_of
from awaitify.analysis.values import returned
from awaitify.project.index import File, Function, text_of

ANNOTATED = re.compile(r"(typing\.)?[dD]ict(\[.*\])?", re.DOTALL)
BRACKETS = re.compile(r"\[[^\[\]]*\]")


def is_dictionary(node: Node | None, file: File, resolution: Resolution, depth: int = 4) -> bool:
    """By what is written, by the type checker, or by what functions give."""
    if node is None or not depth:
        return False
    if node.type == "dictionary":
        return True
    if node.type in ("identifier", "attribute"):
        names = {target.name for target in resolution.classes(file, [node])[0]}
        is_known = names == {"builtins.dict"} and not _may_be_more(resolution.hover(file, node))
        return is_known or _holds_one(node, file, resolution, depth)
    call = resolution.call_at(file, node)
    functions = resolution.functions(call) if call is not None else []
    if call is None or not functions or len(functions) != len(resolution.targets.get(call, ())):
        return False
    made = {*functions, *(other for item in functions for other in resolution.overrides.get(item, ()))}
    return all(_gives_one(item, resolution, depth) for item in made)


def _may_be_more(hover: str) -> bool:
    """Whether something unknown stands beside the dictionary in a type, outside of its brackets."""
    previous = ""
    while previous != hover:
        previous, hover = hover, BRACKETS.sub("", hover)
    return re.search(r"\b(Unknown|Any|Todo|object)\b", hover) is not None


def _holds_one(node: Node, file: File, resolution: Resolution, depth: int) -> bool:
    """A local name, by everything that it is bound to."""
    function = home_of(node, file) if node.type == "identifier" else None
    if function is None:
        return False
    bound = [item for item in bindings(text_of(node), file, function) if item.how in BINDS]
    param = function.param(text_of(node))
    if param is not None and (param.star or not _is_declared(param.annotation)):
        return False
    values = [item.node for item in bound if item.how == "value"]
    is_whole = len(values) == len(bound) and bool(values or param)
    return is_whole and all(is_dictionary(value, file, resolution, depth - 1) for value in values)


def _is_declared(annotation: Node | None) -> bool:
    return annotation is not None and ANNOTATED.fullmatch(text_of(annotation)) is not None


def _gives_one(function: Function, resolution: Resolution, depth: int) -> bool:
    marks = {text_of(item).lstrip("@") for item in function.decorators}
    if function.is_async or function.is_generator or marks - CLEAR:
        return False
    if _is_declared(field_of(function.node, "return_type")):
        return True
    body, values = field_of(function.node, "body"), returned(function)
    if body is None or falls_through(body) or not values or len(values) != len(function.returns):
        return False
    return all(is_dictionary(value, function.file, resolution, depth - 1) for value in values)
