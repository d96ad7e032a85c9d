"""Whether a decorator still does its work when the function under it becomes a coroutine function."""

from __future__ import annotations

from tree_sitter import Node

from awaitify.analysis.effects import Effects
from awaitify.analysis.knowledge.decorators import Decorator
from awaitify.analysis.wrapping.aware import aware_problem
from awaitify.project.index import Call, Function, text_of


def decorator_problem(decorator: Node, function: Function, effects: Effects) -> str:
    """Why a decorator may not stand over a coroutine function; empty for nothing."""
    expression = decorator.named_children[0]
    is_call = expression.type == "call"
    callee = expression.child_by_field_name("function") if is_call else expression
    name = text_of(callee or expression)
    targets = effects.resolution.definition(function.file, callee or expression)
    own = [maker for target in targets if (maker := effects.resolution.function_of(target)) is not None]
    found = [problem for maker in own if (problem := aware_problem(maker, effects)) is not None]
    if found and len(found) == len(targets):
        return next((f"@{name} {problem}" for problem in found if problem), "")
    known = [effects.knowledge.decorator(target.name) for target in targets]
    if not known or any(item is None for item in known):
        return f"@{name} may not know coroutines"
    for item in known:
        if item is not None and not item.aware:
            return f"@{name} {item.note or 'does not know coroutines'}"
        word = _refused(expression, item) if item is not None and is_call else ""
        if word:
            return f"@{name} with {word}= may not know coroutines"
        if item is not None and item.maker and (place := _blocking_maker(item, effects)) is not None:
            return f"@{name} would block: {text_of(place.node)[:60]} says where it keeps its counts"
    return ""


def _refused(call: Node, decorator: Decorator) -> str:
    arguments = call.child_by_field_name("arguments")
    words = [
        text_of(item.named_children[0])
        for item in (arguments.named_children if arguments is not None else ())
        if item.type == "keyword_argument"
    ]
    return next((word for word in words if word in decorator.refuse), "")


def _blocking_maker(decorator: Decorator, effects: Effects) -> Call | None:
    """The call that makes the decorator's object in a way that makes it block."""
    for call, targets in effects.resolution.targets.items():
        if any(target.name.removesuffix(".__init__") == decorator.maker for target in targets):
            words = [text_of(item.named_children[0]) for item in call.arguments if item.type == "keyword_argument"]
            if any(word in decorator.maker_refuse for word in words) or any(
                "splat" in item.type for item in call.arguments
            ):
                return call
    return None
