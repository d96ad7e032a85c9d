"""Calls that do not resolve, and may mean a function of the project all the same: by its name, and by what they pass.

Where one stands in code that stays sync, the function must stay as it is: a coroutine would come back there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from awaitify.analysis.effects import Effects
from awaitify.analysis.unknown_calls import PLAIN_NAMES, RISKY_NAMES
from awaitify.project.index import Call, Function, Param, text_of

SPLATS = ("list_splat", "dictionary_splat")


def calls_by_name(effects: Effects) -> Mapping[str, list[Call]]:
    """The calls of an attribute whose meaning is unknown, by its name; not those that are awaited already."""
    found: dict[str, list[Call]] = defaultdict(list)
    for call, effect in effects.by_call.items():
        parent = call.node.parent
        if effect.kind != "unresolved" or call.callee.type != "attribute" or (parent and parent.type == "await"):
            continue
        name = text_of(call.callee).rpartition(".")[2]
        if name not in PLAIN_NAMES | RISKY_NAMES:
            found[name].append(call)
    return found


def may_mean(call: Call, function: Function) -> bool:
    """Whether what a call passes fits the parameters of a function."""
    if any(item.type in SPLATS for item in call.arguments):
        return True
    given = list(_given(function))
    stars = {param.star for param in given}
    params = [param for param in given if not param.star]
    places = [param for param in params if param.node.start_byte < _end_of_places(function)]
    named = {text_of(key) for item in call.arguments if (key := item.child_by_field_name("name")) is not None}
    count = sum(item.type != "keyword_argument" for item in call.arguments)
    if (count > len(places) and "*" not in stars) or (named - {param.name for param in params} and "**" not in stars):
        return False
    filled = named | {param.name for param in places[:count]}
    return all(param.default is not None or param.name in filled for param in params)


def _given(function: Function) -> Iterator[Param]:
    """The parameters that a call fills: not the object of a method."""
    is_static = any("staticmethod" in text_of(node) for node in function.decorators)
    for position, param in enumerate(function.params):
        if position or function.cls is None or is_static:
            yield param


def _end_of_places(function: Function) -> int:
    """Where the parameters begin that a call must name: behind `*`, or `*args`."""
    parameters = function.node.child_by_field_name("parameters")
    items = parameters.named_children if parameters is not None else []
    bare = [item.start_byte for item in items if item.type == "keyword_separator"]
    stars = [param.node.start_byte for param in function.params if param.star == "*"]
    return min([*bare, *stars], default=function.node.end_byte)
