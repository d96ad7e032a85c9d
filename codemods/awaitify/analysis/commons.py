"""Parameters that travel in a dictionary: `search(**common)`, which a dependency or the function itself wrote out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tree_sitter import Node

from awaitify.analysis.values import returned
from awaitify.project.index import Call, File, Function, Param, text_of

if TYPE_CHECKING:
    from awaitify.analysis.calls import Resolution

DEPENDS = ("Depends", "Security")


def spread(call: Call, resolution: Resolution) -> Iterator[tuple[str, File, Node]]:
    """(parameter, file, value) of what `**name` gives a call."""
    for argument in call.arguments:
        inner = argument.named_children[0] if argument.type == "dictionary_splat" and argument.named_children else None
        if inner is None or call.function is None:
            continue
        found = (call.file, inner) if inner.type == "dictionary" else _written(inner, call.function, resolution)
        for name, value in _pairs(found[1]) if found is not None else ():
            yield name, found[0], value  # type: ignore[index]


def is_spread(node: Node, function: Function, resolution: Resolution) -> bool:
    """Whether the value of a pair in a dictionary reaches nothing but parameters of that name, in all uses of it."""
    pair = node.parent
    written = pair.parent if pair is not None and pair.type == "pair" else None
    place = written.parent if written is not None and written.type == "dictionary" else None
    if place is None or pair is None:
        return False
    key = _key(pair)
    if place.type == "dictionary_splat":
        return _is_taken(place, key, function, resolution)
    left = place.child_by_field_name("left") if place.type == "assignment" else None
    if left is not None and left.type == "identifier":
        return _are_taken(text_of(left), key, function, resolution)
    if place.type != "return_statement" or len(returned(function)) != 1 or resolution.callers.get(function):
        return False
    users = _users(function, resolution)
    return bool(users) and all(_are_taken(param.name, key, user, resolution) for user, param in users)


def _written(node: Node, function: Function, resolution: Resolution) -> tuple[File, Node] | None:
    """The dictionary that a name holds: a local one, or what a dependency returns."""
    if node.type != "identifier":
        return None
    param = function.param(text_of(node))
    home = given_by(function, param, resolution) if param is not None else None
    values = returned(home) if home is not None and not home.is_generator else []
    if param is None:
        home, values = function, [
            right
            for use in _uses(text_of(node), function.node)
            if use.parent is not None and use.parent.type == "assignment"
            and use.parent.child_by_field_name("left") == use
            and (right := use.parent.child_by_field_name("right")) is not None
        ]  # fmt: skip
    is_one = home is not None and len(values) == 1 and values[0].type == "dictionary"
    return (home.file, values[0]) if is_one and home is not None else None


def given_by(function: Function, param: Param, resolution: Resolution) -> Function | None:
    """The dependency that FastAPI fills a parameter from: in its default, its annotation or an alias of that."""
    for part in (param.default, param.annotation):
        found = _depends(part, function.file, resolution) if part is not None else None
        if found is not None:
            return found
    named = param.annotation.named_children[:1] if param.annotation is not None else []
    for name in named if named and named[0].type in ("identifier", "attribute") else ():
        for target in resolution.definition(function.file, name):
            home = resolution.project.by_path.get(target.path) if target.path else None
            node = home.root.descendant_for_byte_range(target.offset, target.offset + 1) if home is not None else None
            right = node.parent.child_by_field_name("right") if node is not None and node.parent is not None else None
            if home is not None and right is not None:
                return _depends(right, home, resolution)
    return None


def _depends(node: Node, file: File, resolution: Resolution) -> Function | None:
    call = resolution.call_at(file, node) if node.type == "call" else None
    if call is not None and text_of(call.callee).rpartition(".")[2] in DEPENDS:
        first = next((item for item in call.arguments if item.type in ("identifier", "attribute")), None)
        targets = resolution.definition(file, first) if first is not None else ()
        return next((found for target in targets if (found := resolution.function_of(target)) is not None), None)
    return next((found for child in node.named_children if (found := _depends(child, file, resolution))), None)


def _users(function: Function, resolution: Resolution) -> list[tuple[Function, Param]]:
    """The parameters that a dependency fills."""
    return [
        (user, param)
        for file in resolution.project.files
        for user in file.functions
        for param in user.params
        if (param.default is not None or param.annotation is not None) and given_by(user, param, resolution) is function
    ]


def _are_taken(name: str, key: str, function: Function, resolution: Resolution) -> bool:
    """Whether a dictionary is only spread into calls that name the key, and asked for other keys."""
    return all(_is_harmless(use, key, function, resolution) for use in _uses(name, function.node))


def _is_harmless(use: Node, key: str, function: Function, resolution: Resolution) -> bool:
    parent = use.parent
    if parent is None or parent.type == "dictionary_splat":
        return parent is not None and _is_taken(parent, key, function, resolution)
    if parent.type == "subscript" and parent.child_by_field_name("value") == use:
        asked = parent.child_by_field_name("subscript")
        return asked is not None and asked.type == "string" and _text(asked) != key
    return parent.type == "assignment" and parent.child_by_field_name("left") == use


def _is_taken(splat: Node, key: str, function: Function, resolution: Resolution) -> bool:
    outer = splat.parent.parent if splat.parent is not None and splat.parent.type == "argument_list" else None
    call = resolution.call_at(function.file, outer) if outer is not None else None
    callees = resolution.functions(call) if call is not None else []
    params = [callee.param(key) for callee in callees]
    return bool(params) and all(param is not None and not param.star for param in params)


def _pairs(dictionary: Node) -> Iterator[tuple[str, Node]]:
    for pair in dictionary.named_children:
        value = pair.child_by_field_name("value") if pair.type == "pair" else None
        if value is not None and _key(pair):
            yield _key(pair), value


def _key(pair: Node) -> str:
    key = pair.child_by_field_name("key")
    return _text(key) if key is not None and key.type == "string" else ""


def _text(node: Node) -> str:
    return text_of(node).strip("\"'")


def _uses(name: str, node: Node) -> Iterator[Node]:
    """The occurrences of a local name in a function's body."""
    for child in node.named_children:
        if child.type == "parameters":
            continue
        parent = child.parent
        is_word = parent is not None and child in (
            parent.child_by_field_name("attribute"), parent.child_by_field_name("name")
        )  # fmt: skip
        if child.type == "identifier" and text_of(child) == name and not is_word:
            yield child
        yield from _uses(name, child)
