"""Finds the project's decorators, what they stand over, and what reaches the parameters of their wrappers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tree_sitter import Node

from awaitify.analysis.wrapping.model import Wrapping, Wrappings
from awaitify.analysis.wrapping.shape import shape_of, uses_of
from awaitify.project.index import Call, Function, ancestors, is_imported, text_of

if TYPE_CHECKING:
    from awaitify.analysis.calls import Resolution

READING = {"get", "pop"}


def find_wrappings(resolution: Resolution) -> Wrappings:
    """The decorators of a project that are functions around a wrapper."""
    found = Wrappings()
    shapes = [shape for item in resolution.project.functions.values() if (shape := shape_of(item)) is not None]
    by_maker = {shape.maker: Wrapping(shape) for shape in shapes}
    names = {maker.name for maker in by_maker}
    for file in resolution.project.files if names else ():
        nodes = file.named(*names)
        for node, targets in zip(nodes, resolution.definitions(file, nodes), strict=True):
            makers = {resolution.function_of(target) for target in targets}
            for wrapping in [by_maker[maker] for maker in makers if maker in by_maker and maker is not None]:
                _note(wrapping, node, file.functions)
    for wrapping in by_maker.values():
        if wrapping.places:
            found.all.append(wrapping)
            found.by_wrapper[wrapping.shape.wrapper] = wrapping
            found.by_call.update(dict.fromkeys(wrapping.shape.calls, wrapping))
    _order(found)
    for function in found.by_function:
        function.wrappers = tuple(found.wrappers(function))
    return found


def _order(found: Wrappings) -> None:
    by_place = {node.id: (wrapping, function) for wrapping in found.all for function, node in wrapping.places}
    for function in {function for wrapping in found.all for function in wrapping.functions}:
        for node in function.decorators:
            if node.id in by_place:
                found.by_decorator[node.id] = by_place[node.id][0]
                found.by_function[function].append(by_place[node.id][0])


def _note(wrapping: Wrapping, node: Node, functions: list[Function]) -> None:
    """Notes one use of a decorator's name."""
    around = list(ancestors(node))
    if node == wrapping.shape.maker.name_node or is_imported(node):
        return
    decorator = next((item for item in around if item.type == "decorator"), None)
    owner = next((item for item in functions if decorator is not None and decorator in item.decorators), None)
    if owner is None or decorator is None or wrapping.named(decorator).end_byte != node.end_byte:
        wrapping.elsewhere = True
        return
    is_called = decorator.named_children[0].type == "call"
    if is_called == wrapping.shape.is_called:
        wrapping.places.append((owner, decorator))
    else:
        wrapping.elsewhere = True


def read_keys(wrapper: Function) -> dict[str, list[Node]]:
    """What a wrapper reads of its `**kwargs` by a written key: key -> places; empty when it reads others too."""
    stars = [param for param in wrapper.params if param.star == "**"]
    found: dict[str, list[Node]] = {}
    for use in uses_of(stars[0].name, wrapper) if stars else ():
        place = _reading(use)
        if place is not None:
            found.setdefault(place[0], []).append(place[1])
    return found


def _reading(use: Node) -> tuple[str, Node] | None:
    """(key, the whole expression) of `kwargs["key"]`, `kwargs.get("key")`."""
    parent = use.parent
    if parent is None:
        return None
    if parent.type == "subscript" and parent.child_by_field_name("value") == use:
        return _keyed(parent.child_by_field_name("subscript"), parent)
    call = parent.parent if parent.type == "attribute" else None
    if call is None or call.type != "call" or text_of(parent.child_by_field_name("attribute") or parent) not in READING:
        return None
    arguments = call.child_by_field_name("arguments")
    return _keyed(arguments.named_children[0], call) if arguments is not None and arguments.named_children else None


def _keyed(key: Node | None, whole: Node) -> tuple[str, Node] | None:
    return (text_of(key).strip("\"'"), whole) if key is not None and key.type == "string" else None


def handed(wrapping: Wrapping, call: Call, function: Function) -> Iterator[tuple[str, Node]]:
    """(parameter of a function below, argument) of a call in a wrapper."""
    index = 0
    for argument in call.arguments:
        if argument.type == "keyword_argument":
            name, value = argument.child_by_field_name("name"), argument.child_by_field_name("value")
            if name is not None and value is not None:
                yield text_of(name), value
        elif argument.type in ("list_splat", "dictionary_splat"):
            index = len(function.params)
        elif index < len(function.params) and not function.params[index].star:
            yield function.params[index].name, argument
            index += 1


def wrapped_facts(resolution: Resolution, wrappings: Wrappings) -> Iterator[tuple[Function, str, set[str]]]:
    """(wrapper, parameter, classes) of what the callers of the functions below hand to wrappers."""
    for wrapping in wrappings.all:
        wrapper = wrapping.shape.wrapper
        for index, param in enumerate(wrapper.params):
            if param.star == "**":
                yield wrapper, param.name, _of_keys(wrapping, list(read_keys(wrapper)), resolution)
            elif not param.star and param.annotation is None:
                parts = [_of_place(item, index, param.name, resolution) for item in wrapping.functions]
                yield wrapper, param.name, parts[0] if all(part == parts[0] for part in parts) else set()


def _of_place(function: Function, index: int, name: str, resolution: Resolution) -> set[str]:
    """The class of the parameter of a function below that stands where a wrapper's own does."""
    is_static = any("staticmethod" in text_of(item) for item in function.decorators)
    if index == 0 and function.cls is not None and not is_static:
        return {function.cls.id}
    own = function.param(name)
    if own is None and index < len(function.params) and not function.params[index].star:
        own = function.params[index]
    return resolution.class_names(function.file, own.node) if own is not None else set()


def _of_keys(wrapping: Wrapping, keys: list[str], resolution: Resolution) -> set[str]:
    """The one class of all keyword arguments that a wrapper reads."""
    found: set[str] = set()
    for key in keys:
        params = [(item, param) for item in wrapping.functions if (param := item.param(key)) is not None]
        for item, param in params:
            found |= resolution.class_names(item.file, param.node)
    return found
