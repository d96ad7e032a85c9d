"""Sessions that a function puts where they are not followed: into a container, an attribute, a library's object.

What reads them there would go on using an async session as a sync one, and no type says so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from tree_sitter import Node

from awaitify.analysis.commons import is_spread
from awaitify.analysis.fact_finding import bind
from awaitify.analysis.sessions.calls import SESSION_CLASSES
from awaitify.analysis.wrapping.sessions import is_handed_on, takes_session
from awaitify.plan_model import Reason
from awaitify.project.index import Call, Function, text_of

if TYPE_CHECKING:
    from awaitify.analysis.effects import Effects

THROUGH = ("boolean_operator", "conditional_expression", "parenthesized_expression", "named_expression")
HOLDERS = ("list", "tuple", "set", "expression_list", "list_splat", "dictionary_splat")
#: A session that they are handed is shown, compared or thrown away.
SHOWING = {"builtins.id", "builtins.print", "builtins.str", "builtins.repr", "builtins.bool", "builtins.hash"}
#: What else may be handed a session is judged where calls are.
JUDGED = {
    "session", "schedules", "threaded", "hands-off", "opens", "unresolved", "unclassified", "refused", "terminal",
    "query", "root", "remove", "stays",
}  # fmt: skip


def escapes(functions: Iterable[Function], effects: Effects) -> dict[Function, Node]:
    """The first place in each function where a session gets out of sight."""
    found: dict[Function, Node] = {}
    for function in functions:
        places = list(_places(function, effects))
        answers = effects.resolution.classes(function.file, places)
        for node, answer in zip(places, answers, strict=True):
            if any(target.name in SESSION_CLASSES for target in answer):
                found.setdefault(function, node)
    return found


def escape_reason(function: Function, node: Node) -> Reason:
    """What stands against a function that does so."""
    message = f"{text_of(node)} is put where it is not followed, so what reads it there may take it for a sync session"
    return Reason("session-escape", message, function.file.source.relative, node.start_point[0] + 1)


def _places(function: Function, effects: Effects) -> Iterator[Node]:
    """Names that stand where a session would get out of sight, nested functions left out."""
    body = function.node.child_by_field_name("body")
    names = {param.name for param in function.params} | {
        text_of(name) for effect in effects.of(function) if effect.kind == "opens" for name in _bound(effect.call.node)
    }
    for node in _values(body) if body is not None else ():
        is_kept = node.type == "attribute" and text_of(node).startswith("self.") and text_of(node).count(".") == 1
        if (is_kept or text_of(node) in names) and _is_out_of_sight(node, function, effects):
            yield node


def _values(node: Node) -> Iterator[Node]:
    """Names and attributes that are values of their own: not the start of a longer chain, not what is called."""
    for child in node.named_children:
        if child.type in ("function_definition", "class_definition"):
            continue
        if child.type == "identifier":
            yield child
        elif child.type == "attribute":
            owner = child.child_by_field_name("object")
            if owner is not None and owner.type == "identifier":
                yield child
            elif owner is not None:
                yield from _values(child)
        else:
            yield from _values(child)


def _is_out_of_sight(node: Node, function: Function, effects: Effects) -> bool:
    value, parent = node, node.parent
    while parent is not None and parent.type in THROUGH:
        value, parent = parent, parent.parent
    if parent is None:
        return False
    if parent.type == "pair":
        return parent.child_by_field_name("value") == value and not is_spread(value, function, effects.resolution)
    if parent.type in HOLDERS:
        # `*db.query(Item)`: the grammar binds the star to the first name of the chain.
        return not (parent.type.endswith("_splat") and parent.parent is not None and parent.parent.type == "attribute")
    if parent.type == "assignment":
        left = parent.child_by_field_name("left")
        if left is not None and is_handed_on(left, function, effects):
            return False
        return parent.child_by_field_name("right") == value and left is not None and _is_elsewhere(left, function)
    if parent.type == "keyword_argument" and parent.child_by_field_name("value") == value:
        value, parent = parent, parent.parent
    outer = parent.parent if parent is not None and parent.type == "argument_list" else None
    call = effects.resolution.call_at(function.file, outer) if outer is not None else None
    return call is not None and call not in effects.containers.fed and _is_swallowed(value, call, effects)


def _is_elsewhere(left: Node, function: Function) -> bool:
    """Whether what is assigned is no local name, and no attribute of the object itself."""
    if left.type == "identifier":
        return f"global {text_of(left)}" in text_of(function.node)
    owner = left.child_by_field_name("object") if left.type == "attribute" else None
    first = function.params[0].name if function.cls is not None and function.params else ""
    return owner is None or text_of(owner) != first


def _is_swallowed(argument: Node, call: Call, effects: Effects) -> bool:
    """Whether a call takes a session in a way that says nothing of what becomes of it."""
    effect = effects.by_call.get(call)
    if effect is None or effect.kind in JUDGED:
        return False
    if effect.kind == "wrapped":
        return not takes_session(argument, call, effects)
    if effect.kind != "project" or not effect.callees:
        return effect.detail not in SHOWING
    value = argument.child_by_field_name("value") if argument.type == "keyword_argument" else argument
    for callee in (item for item in effect.callees if item.name != "__post_init__"):
        given = next((name for name, node in bind(callee, call) if node == value), "")
        param = callee.param(given) if given else None
        if (param is None or param.star) and not _is_passed_on(given, callee, effects):
            return True
    return False


def _is_passed_on(name: str, function: Function, effects: Effects) -> bool:
    """Whether a function only spreads its `**kwargs` into calls of what takes a parameter of that name."""
    rest = next((param.name for param in function.params if param.star == "**"), "")
    body = function.node.child_by_field_name("body")
    start = body.start_byte if body is not None else function.node.end_byte
    uses = [item for item in function.file.names_between(start, function.node.end_byte) if text_of(item) == rest]
    for use in uses:
        outer = use.parent.parent if use.parent is not None and use.parent.type == "dictionary_splat" else None
        call = outer.parent if outer is not None and outer.type == "argument_list" else None
        found = effects.resolution.call_at(function.file, call) if call is not None else None
        effect = effects.by_call.get(found) if found is not None else None
        params = [callee.param(name) for callee in effect.callees] if effect is not None else []
        if not params or any(param is None or param.star for param in params):
            return False
    return bool(rest and name and uses)


def _bound(node: Node) -> Iterator[Node]:
    """The name that `name = call` or `with call as name` binds."""
    parent = node.parent
    while parent is not None and parent.type in THROUGH:
        parent = parent.parent
    if parent is not None and parent.type == "assignment":
        yield parent.named_children[0]
    elif parent is not None and parent.type == "as_pattern":
        yield parent.named_children[-1]
