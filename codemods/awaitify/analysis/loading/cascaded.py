"""Objects that the refresh of another one expires: it goes on through `cascade="all"` to what is loaded of it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from awaitify.analysis.loading.bindings import passed
from awaitify.analysis.loading.life import refreshed_whole
from awaitify.analysis.loading.staleness import bound_before, refreshed, uses_after
from awaitify.analysis.loading.types import Types, Value
from awaitify.analysis.mapping.model import Relationship
from awaitify.project.index import Call, Function, text_of

#: How deep the calls are read that may load a relationship.
DEPTH = 3


def cascaded_reads(function: Function, types: Types) -> Iterator[tuple[Node, str]]:
    """(the place, why) of the first use of each name whose object may be expired by then."""
    for call in function.calls:
        for refreshed_one in _refreshed_by(function, call, types):
            for other in _held_by(function, types, call.node, refreshed_one):
                use = next(iter(_uses(function, types, other, call.node)), None)
                if use is not None:
                    name = text_of(refreshed_one)
                    yield use, f"a refresh of {name} expires what it leads to, and {other} is read after it"


def _refreshed_by(function: Function, call: Call, types: Types) -> Iterator[Node]:
    """The objects that a call refreshes as a whole, itself or in the function that it calls."""
    given = refreshed_whole(call.node)
    if given is not None:
        yield given
        return
    for callee in types.callees(function, call.node) if types.is_told(function, call.node) else ():
        inner = {text_of(node) for item in callee.calls if (node := refreshed_whole(item.node)) is not None}
        for name in sorted(inner):
            value = passed(call, callee, name) if callee.param(name) is not None else None
            if value is not None and value.type == "identifier":
                yield value


def _held_by(function: Function, types: Types, refresh: Node, node: Node) -> list[str]:
    """The other names that hold what the refreshed object may lead to."""
    value = types.value(function, node)
    if value is None or not _passing(types, value.cls):
        return []
    targets = _targets(types, value.cls, _text(function, types))
    held = []
    for name, values in _names(function, types).items():
        known = [item.cls for item in values if item is not None]
        is_one = any(types.mapping.related(one, cls) for one in known for cls in targets)
        if name != text_of(node) and is_one and bound_before(function, types, name, refresh.start_byte) is not None:
            held.append(name)
    return held


def _names(function: Function, types: Types) -> dict[str, list[Value | None]]:
    """What each name may hold, those of parameters among them."""
    found = {name: [types.value(function, right) for _, right in items]
             for name, items in types.bindings(function).items()}  # fmt: skip
    for param in function.params:
        annotated = types.annotated(function, param.annotation) if param.annotation is not None else None
        found.setdefault(param.name, []).append(annotated)
    return found


def _text(function: Function, types: Types) -> str:
    """The code of a function and of what it calls."""
    found, last = {function: None}, [function]
    for _ in range(DEPTH):
        called = [callee for item in last for call in item.calls if types.is_told(item, call.node)
                  for callee in types.callees(item, call.node)]  # fmt: skip
        last = [item for item in dict.fromkeys(called) if item not in found]
        found.update(dict.fromkeys(last))
    return "\n".join(text_of(item.node) for item in found)


def _passing(types: Types, cls: str) -> list[Relationship]:
    mapped = types.mapping.get(cls)
    return [item for item in mapped.relationships.values() if item.passes_on] if mapped is not None else []


def _targets(types: Types, cls: str, text: str) -> set[str]:
    """The classes that a refresh of an object goes on to: by relationships that the mapping or the code may load."""
    found: set[str] = set()
    todo = [cls]
    while todo:
        passing = _passing(types, todo.pop())
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
