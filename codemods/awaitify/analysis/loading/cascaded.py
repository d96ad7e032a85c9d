"""Objects that the refresh of another one expires: it goes on through `cascade="all"` to what is loaded of it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from awaitify.analysis.loading.bindings import passed
from awaitify.analysis.loading.names import last_name, positional
from awaitify.analysis.loading.staleness import bound_before, refreshed, uses_after
from awaitify.analysis.loading.types import Types
from awaitify.project.index import Call, Function, text_of

WHOLE = ("refresh", "expire")


def cascaded_reads(function: Function, types: Types) -> Iterator[tuple[Node, str]]:
    """(the place, why) of the first use of each name whose object may be expired by then."""
    for call in function.calls:
        for name in _refreshed_names(function, call, types):
            for other in _held_by(function, types, call.node, name):
                use = next(iter(_uses(function, types, other, call.node)), None)
                if use is not None:
                    why = f"a refresh of {name} expires what it leads to, and {other} is read after it"
                    yield use, why


def _refreshed_names(function: Function, call: Call, types: Types) -> Iterator[str]:
    """The names of objects that a call refreshes as a whole, itself or in the function that it calls."""
    if last_name(call.node) in WHOLE and len(call.arguments) == 1:
        yield text_of(call.arguments[0])
        return
    for callee in types.callees(function, call.node) if types.is_told(function, call.node) else ():
        inner = {text_of(item.arguments[0]) for item in callee.calls
                 if last_name(item.node) in WHOLE and len(item.arguments) == 1}  # fmt: skip
        for name in inner:
            given = passed(call, callee, name) if callee.param(name) is not None else None
            if given is not None and given.type == "identifier":
                yield text_of(given)


def _held_by(function: Function, types: Types, refresh: Node, name: str) -> list[str]:
    """The other names that hold what the refreshed object may lead to."""
    found = [types.value(function, item) for item in positional(refresh) if text_of(item) == name]
    text = _text(function, types)
    targets = {target for value in found if value is not None for target in _targets(types, value.cls, text)}
    held = []
    for other, bindings in types.bindings(function).items():
        values = [types.value(function, right) for how, right in bindings]
        is_one = any(value is not None and types.mapping.related(value.cls, cls) for value in values for cls in targets)
        if other != name and is_one and bound_before(function, types, other, refresh.start_byte) is not None:
            held.append(other)
    return held


def _text(function: Function, types: Types, depth: int = 3) -> str:
    """The code of a function and of what it calls."""
    called = [callee for call in function.calls if depth and types.is_told(function, call.node)
              for callee in types.callees(function, call.node) if callee is not function]  # fmt: skip
    return "\n".join([text_of(function.node), *(_text(item, types, depth - 1) for item in dict.fromkeys(called))])


def _targets(types: Types, cls: str, text: str) -> set[str]:
    """The classes that a refresh of an object goes on to: by relationships that the mapping or the code may load."""
    found: set[str] = set()
    todo = [cls]
    while todo:
        mapped = types.mapping.get(todo.pop())
        passing = [item for item in mapped.relationships.values() if item.passes_on] if mapped is not None else []
        new = {item.target for item in passing if item.eager or re.search(rf"\.{item.name}\b|\b{item.name}=", text)}
        todo += new - found
        found |= new
    return found


def _uses(function: Function, types: Types, name: str, refresh: Node) -> Iterator[Node]:
    """The uses after the refresh that neither a new value nor a refresh of its own comes before."""
    for use in uses_after(function, name, refresh.end_byte):
        again = [right for _, right in types.bindings(function).get(name, [])
                 if refresh.end_byte <= right.start_byte < use.start_byte]  # fmt: skip
        if not again and not refreshed(function, name, refresh.end_byte, use.start_byte, "refresh"):
            yield use
