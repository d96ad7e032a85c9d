"""The shape of a decorator of the project: a function that takes a function and gives a wrapper around it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

from awaitify.project.index import Call, Function, ancestors, is_label, text_of

#: What may be read of a function without a difference between the colours.
PLAIN_ATTRIBUTES = {"__name__", "__qualname__", "__module__", "__doc__", "__annotations__", "__dict__"}
#: Functions of the standard library that look at a function, and say the same of a coroutine function.
LOOKING = {"signature", "update_wrapper", "wraps", "get_type_hints"}


@dataclass(frozen=True, slots=True)
class Shape:
    """maker: the function that is written after `@`; taker: what takes the function below (the maker itself, or one in
    it that it returns); wrapper: what takes its place; calls: where that calls it; problem: why it is not followed."""

    maker: Function
    taker: Function
    wrapper: Function
    calls: tuple[Call, ...]
    problem: str = ""

    @property
    def is_called(self) -> bool:
        """Whether it is used as `@maker(...)`."""
        return self.maker is not self.taker


def shape_of(maker: Function) -> Shape | None:
    """The shape of a function, if it is a decorator."""
    if maker.cls is not None or maker.parent is not None or maker.is_async or maker.is_generator or maker.decorators:
        return None
    inner = _given(maker)
    if inner is None:
        return None
    wrapper = _given(inner)
    taker, wrapper = (inner, wrapper) if wrapper is not None else (maker, inner)
    if len(taker.params) != 1 or taker.params[0].star or taker.params[0].default is not None:
        return None
    name = taker.params[0].name
    uses = list(uses_of(name, taker))
    calls = tuple(call for call in wrapper.calls if any(use == call.callee for use in uses))
    if not calls:
        return None
    return Shape(maker, taker, wrapper, calls, _problem(taker, wrapper, maker, uses, calls))


def _given(function: Function) -> Function | None:
    """The nested function that a function returns, and nothing else."""
    names = {_returned_name(node) for node in function.returns}
    inner = [item for item in function.file.functions if item.parent is function and item.name in names]
    return inner[0] if len(names) == 1 and len(inner) == 1 and inner[0].cls is None else None


def _returned_name(statement: Node) -> str:
    """The name behind `return`, in a `cast` or not."""
    value = next((item for item in statement.named_children if item.type != "comment"), statement)
    if value.type == "call" and text_of(value.named_children[0]).rpartition(".")[2] == "cast":
        arguments = value.child_by_field_name("arguments")
        items = [item for item in arguments.named_children if item.type != "comment"] if arguments is not None else []
        value = items[-1] if len(items) == 2 else value
    return text_of(value) if value.type == "identifier" else ""


def uses_of(name: str, function: Function) -> Iterator[Node]:
    """Where a local name is used in a function, nested ones included."""
    body = function.node.child_by_field_name("body")
    for node in function.file.names:
        inside = body is not None and body.start_byte <= node.start_byte < body.end_byte
        if inside and text_of(node) == name and not is_label(node):
            yield node


def _problem(taker: Function, wrapper: Function, maker: Function, uses: list[Node], calls: tuple[Call, ...]) -> str:
    """Why a decorator is not followed; empty for nothing."""
    name = taker.params[0].name
    if wrapper.is_async or wrapper.is_generator:
        return f"{wrapper.name} is a coroutine function or a generator itself"
    if any(call.in_lambda for call in calls):
        return f"it calls {name} in a lambda"
    if any(_names_of(item) & {name, wrapper.name} for item in (wrapper, *_inner(wrapper))):
        return f"{name} means something else inside of it"
    called = {call.callee.id for call in calls}
    if any(use.id not in called and not _only_looks(use) for use in uses):
        return f"it uses {name} for more than to call it"
    others = [node for node in uses_of(wrapper.name, taker) if node != wrapper.name_node and not _is_kept(node)]
    if maker is not taker:
        others += [node for node in uses_of(taker.name, maker) if node != taker.name_node and not _is_kept(node)]
    if others:
        return f"it uses {text_of(others[0])} for more than to give it"
    if taker.decorators:
        return f"{taker.name} has decorators itself"
    return ""


def _inner(function: Function) -> Iterator[Function]:
    """The functions inside a function."""
    return (item for item in function.file.functions if item.parent is function)


def _names_of(function: Function) -> set[str]:
    return {param.name for param in function.params}


def _only_looks(node: Node) -> bool:
    """Whether a use of a function says the same of a coroutine function: its name, its signature, `wraps(f)`."""
    parent = node.parent
    if parent is not None and parent.type == "attribute":
        return text_of(parent.child_by_field_name("attribute") or parent) in PLAIN_ATTRIBUTES
    call = parent.parent if parent is not None and parent.type == "argument_list" else None
    callee = call.child_by_field_name("function") if call is not None else None
    return callee is not None and text_of(callee).rpartition(".")[2] in LOOKING


def _is_kept(node: Node) -> bool:
    """Whether a use of the wrapper gives it, or says something about it."""
    parent = node.parent
    if parent is not None and parent.type == "attribute":
        outer = parent.parent
        return outer is not None and outer.type == "assignment" and outer.child_by_field_name("left") == parent
    return any(item.type == "return_statement" for item in ancestors(node)) or _only_looks(node)


def only_wraps(decorator: Node, shape: Shape) -> bool:
    """Whether a decorator of a wrapper is `wraps(f)`."""
    name = shape.taker.params[0].name
    return text_of(decorator).lstrip("@").strip().replace("functools.", "") == f"wraps({name})"
