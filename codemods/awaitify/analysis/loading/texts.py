"""The texts that an expression may hold: a string, or a name that goes over a few of them."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from awaitify.analysis.loading.bindings import passed
from awaitify.analysis.loading.lookups import Lookups
from awaitify.analysis.loading.names import last_name, string_value, walk
from awaitify.project.index import Function, text_of

#: What holds several: all texts inside count.
SEVERAL = ("tuple", "list", "set", "dictionary")
OF_DICTIONARIES = ("items", "keys", "values")
DEPTH = 4


def texts_of(function: Function, node: Node, lookups: Lookups, depth: int = 0) -> Iterator[str]:
    """As far as the function, its callers and the constants of modules tell: `"tags"`, `for name in ("name", "tags")`,
    `for label, name in COLUMNS.items()`, and `name` of `def shown(row, name)`, as it is called."""
    if (plain := string_value(node)) is not None:
        yield plain
    elif node.type in SEVERAL:
        yield from (text for item in walk(node) if (text := string_value(item)) is not None)
    elif node.type == "call" and last_name(node) in OF_DICTIONARIES:
        callee = node.child_by_field_name("function")
        base = callee.child_by_field_name("object") if callee is not None else None
        yield from texts_of(function, base, lookups, depth) if base is not None else ()
    elif node.type == "identifier" and depth < DEPTH:
        for home, given in _given(function, text_of(node), lookups):
            yield from texts_of(home, given, lookups, depth + 1)


def _given(function: Function, name: str, lookups: Lookups) -> Iterator[tuple[Function, Node]]:
    """What a name is bound to, or a parameter is given, or a module calls so."""
    bound = lookups.bindings(function).get(name, [])
    if bound:
        yield from ((function, right) for _, right in bound)
    elif function.param(name) is not None:
        for call in lookups.calls_of(function):
            argument = passed(call, function, name)
            if call.function is not None and argument is not None:
                yield call.function, argument
    else:
        yield from ((function, right) for _, right in lookups.aliased(function, name))
