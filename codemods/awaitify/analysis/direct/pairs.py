"""A name and a password, as `auth=` takes them, followed through the project's own code."""

from __future__ import annotations

from tree_sitter import Node

from awaitify.analysis.direct.bindings import bindings, home_of
from awaitify.analysis.direct.kinds import Kinds
from awaitify.analysis.direct.plain_kinds import TEXT
from awaitify.analysis.values import returned
from awaitify.project.index import File, Function, text_of


def is_pair(node: Node, file: File, kinds: Kinds, depth: int = 4) -> bool:
    """Whether an expression is None or a tuple of two texts."""
    resolution = kinds.resolution
    if node.type == "tuple":
        return len(node.named_children) == 2 and all(kinds.of(item, file) == TEXT for item in node.named_children)
    if node.type == "none" or not depth:
        return bool(depth)
    call = resolution.call_at(file, node)
    if call is not None:
        found = resolution.functions(call)
        whole = bool(found) and len(found) == len(resolution.targets.get(call, ()))
        made = {*found, *(other for item in found for other in resolution.overrides.get(item, ()))}
        return whole and all(_gives_pair(item, kinds, depth) for item in made)
    function = home_of(node, file) if node.type == "identifier" else None
    bound = list(bindings(text_of(node), file, function)) if function is not None else []
    if function is None or function.param(text_of(node)) is not None:
        return False
    values = [item.node for item in bound if item.how == "value"]
    if not values:
        return False
    return all(item.how not in ("added", "other") for item in bound) and all(
        value is not None and is_pair(value, file, kinds, depth - 1) for value in values
    )


def _gives_pair(function: Function, kinds: Kinds, depth: int) -> bool:
    values = returned(function)
    plain = not (function.is_async or function.is_generator or function.decorators)
    return plain and bool(values) and all(is_pair(value, function.file, kinds, depth - 1) for value in values)
