"""What can be gone through once alone: a result, a generator. A model that has read it leaves nothing to return."""

from __future__ import annotations

import re
from collections.abc import Iterable

from tree_sitter import Node

from awaitify.analysis.loading.bindings import returned_by
from awaitify.analysis.loading.names import last_name
from awaitify.analysis.loading.types import COPIES, MANY, ONE, RUN, Types
from awaitify.project.index import Function, text_of

#: What a result of SQLAlchemy and an iterator are called.
RESULTS = {"Result", "ScalarResult", "CursorResult", "IteratorResult", "ChunkedIteratorResult", "MappingResult"}
RESULTS |= {"TupleResult", "FilterResult"}
ITERATORS = {"Query", "Iterator", "Iterable", "Generator", "GeneratorType", "map", "filter", "zip", "reversed", "chain"}
#: Calls whose value is gone through once, and those whose value is not, where the checker does not know it.
CALLS = {"map", "filter", "zip", "enumerate", "iter", "reversed", "chain", "islice", "iterdir", "glob", "query"}
KEPT = {*COPIES, *MANY, *ONE, "dict", "keys", "values", "items", "count", "len", "sum", "str", "int", "float", "bool"}
KEPT -= {"iter", "reversed", "unique", "scalars", "partitions"}
PLAIN = {"string", "integer", "float", "true", "false", "none", "attribute", "subscript", "dictionary_splat"}
MADE = {"list_comprehension", "set_comprehension", "dictionary_comprehension"}
#: How a binding says that it adds to a list or a dictionary.
ADDED = ("with", "at")
CHOICES = ("conditional_expression", "boolean_operator")
DEPTH = 4
WORD = re.compile(r"\w+")


def is_result(types: Types, function: Function, node: Node) -> bool:
    """Whether an expression is certainly a result of SQLAlchemy, whose `all()` is the list of what it holds."""
    if node.type in ("await", "parenthesized_expression"):
        return is_result(types, function, node.named_children[-1])
    if node.type == "call":
        callee = node.child_by_field_name("function")
        owner = callee.child_by_field_name("object") if callee is not None else None
        is_unique = last_name(node) == "unique" and owner is not None and is_result(types, function, owner)
        return is_unique or (last_name(node) in RUN and owner is not None and not types.callees(function, node))
    types.ask([(function, node)])
    told = types.told(function, node)
    return bool(told) and all(name.startswith("sqlalchemy.") and _tail(name) in RESULTS for name in told or ())


def _tail(name: str) -> str:
    return name.rpartition(".")[2]


def lasts(types: Types, function: Function, node: Node, depth: int = 0) -> bool:
    """Whether a value, and each part of it that is written out, is the same when it is gone through again."""
    if node.type in PLAIN or node.type in MADE:
        return True
    parts = _parts(node)
    parts = _given(types, function, node) if parts is None else parts
    if parts is not None:
        return all(lasts(types, function, part, depth) for part in parts)
    types.ask([(function, node)])
    told = types.told(function, node)
    if told is not None:
        return all(name in types.mapping.classes or _tail(name) not in {*RESULTS, *ITERATORS} for name in told)
    value = types.value(function, node)
    if value is not None and value.shape == "one" and value.cls:
        return True
    return depth < DEPTH and all(_last(types, function, node, depth + 1))


def _parts(node: Node) -> list[Node] | None:
    """What a value is written out of, or chosen from; None for another expression."""
    if node.type == "dictionary":
        values = [item.child_by_field_name("value") if item.type == "pair" else item for item in node.named_children]
        return [item for item in values if item is not None and item.type != "comment"]
    if node.type in ("list", "tuple", "set", "parenthesized_expression", "await", *CHOICES):
        chosen = [item for item in node.named_children if item.type != "comment"]
        return [chosen[0], chosen[-1]] if node.type == CHOICES[0] else chosen
    return None


def _given(types: Types, function: Function, node: Node) -> list[Node] | None:
    """What an object of a class of the project is made of: `Page(data=found)`."""
    callee, arguments = node.child_by_field_name("function"), node.child_by_field_name("arguments")
    if node.type != "call" or callee is None or arguments is None:
        return None
    named = callee.child_by_field_name("value") if callee.type == "subscript" else callee
    if named is None or types.mapping.names.find(function.file, text_of(named)) is None:
        return None
    given = [item for item in arguments.named_children if item.type != "comment"]
    return [item.child_by_field_name("value") or item for item in given]


def _last(types: Types, function: Function, node: Node, depth: int) -> Iterable[bool]:
    """Whether each value that a name or a call may have lasts; nothing does of what is not followed."""
    if node.type == "identifier":
        bound = types.bindings(function).get(text_of(node), [])
        yield any(how == "is" for how, _ in bound)
        yield from (how in ADDED or (how == "is" and lasts(types, function, right, depth)) for how, right in bound)
    elif node.type == "call" and last_name(node) in KEPT:
        yield True
    elif node.type == "call" and last_name(node) not in {*CALLS, *RUN}:
        made = types.callees(function, node)
        yield bool(made)
        yield from (_gives(types, callee, depth) for callee in made)
    else:
        yield False


def _gives(types: Types, function: Function, depth: int) -> bool:
    """Whether what a function of the project gives lasts: by its annotation, else by what it returns."""
    told = function.node.child_by_field_name("return_type")
    if told is not None and not function.is_generator:
        return not {*RESULTS, *ITERATORS, "Any", "object"}.intersection(WORD.findall(text_of(told)))
    given = returned_by(function)
    return not function.is_generator and bool(given) and all(lasts(types, function, item, depth) for item in given)
