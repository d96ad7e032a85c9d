"""Which sessions a function works on, and which it hands on."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from tree_sitter import Node

from awaitify.analysis.effects import Effects
from awaitify.analysis.fact_finding import bind
from awaitify.analysis.sessions.calls import CONNECTION, TRANSACTION, session_argument
from awaitify.analysis.sessions.params import session_params
from awaitify.project.index import Function, starred, text_of

CHOICES = ("boolean_operator", "conditional_expression", "parenthesized_expression")
USING = ("session", "stays", "root")


def receivers_of(function: Function, effects: Effects) -> Iterator[Node]:
    """The sessions that a function works on, as it writes them."""
    for effect in effects.of(function):
        owners = {target.name.rpartition(".")[0] for target in effects.resolution.targets.get(effect.call, ())}
        if owners & {CONNECTION, TRANSACTION}:
            continue  # its maker stands in the same function, and is looked at itself
        if effect.kind in USING and effect.call.node.id not in effects.queries[function].passes:
            is_handed = effect.kind == "session" and "." in effect.detail
            receiver = session_argument(effect.call) if is_handed else effect.call.callee.child_by_field_name("object")
            if receiver is not None:
                yield starred(receiver) or receiver


def root_of(receiver: Node) -> Node | None:
    """The name that an attribute chain starts from: `db`, or `self` of `self.db`."""
    if receiver.type == "identifier":
        return receiver
    if receiver.type == "attribute":
        inner = receiver.child_by_field_name("object")
        return inner if inner is not None and inner.type == "identifier" and text_of(inner) == "self" else None
    return None


def values_of(name: str, function: Function) -> list[Node]:
    """What a function binds a local name to."""
    body = function.node.child_by_field_name("body")
    return [value for bound in _bindings(name, body) for value in _leaves(bound)] if body is not None else []


def is_kept(value: Node, method: Function) -> bool:
    """Whether a value is what the object of a method keeps: `self.db`."""
    root = root_of(value) if value.type == "attribute" else None
    return root is not None and method.cls is not None and bool(method.params) and method.params[0].name == "self"


def _leaves(value: Node) -> Iterator[Node]:
    """The values of which an expression is one: those of `a or b` and `a if c else b`."""
    if value.type == "conditional_expression":
        yield from (leaf for part in value.named_children[::2] for leaf in _leaves(part))
    elif value.type in CHOICES:
        yield from (leaf for part in value.named_children for leaf in _leaves(part))
    else:
        yield value


def _bindings(name: str, node: Node) -> Iterator[Node]:
    """What a local name is bound to: the values, or the whole of a binding that is not understood."""
    for child in node.named_children:
        left = child.child_by_field_name("left") if child.type == "assignment" else None
        if left is not None and text_of(left) == name:
            yield child.child_by_field_name("right") or child
        elif child.type == "as_pattern" and any(
            text_of(item) == name for item in child.named_children if item.type == "as_pattern_target"
        ):
            yield child.named_children[0]
        if child.type not in ("function_definition", "class_definition", "lambda"):
            yield from _bindings(name, child)


def held_by(function: Function, effects: Effects) -> Iterator[Node]:
    """The sessions that a function works on, or hands to functions of the project."""
    yield from receivers_of(function, effects)
    yield from handed_by(function, effects)


def handed_by(function: Function, effects: Effects, kinds: Collection[str] = ()) -> Iterator[Node]:
    """The sessions that a function hands to functions of the project. kinds: of calls, () for all."""
    for effect in effects.of(function):
        if text_of(effect.call.callee).endswith(".run_sync"):
            continue  # it hands on what it is called on, which is async
        for callee in effect.callees if not kinds or effect.kind in kinds else ():
            names = session_params(callee, effects.resolution)
            yield from (value for name, value in bind(callee, effect.call) if name in names)


def uses_own_session(method: Function, effects: Effects) -> bool:
    """Whether a method works on a session that its object keeps (`self.db`), or on a local name of it."""
    queries = effects.queries[method].uses if method in effects.queries else []
    executing = (session for use in queries for session in use.value.sessions)
    receivers = (text_of(receiver) for receiver in receivers_of(method, effects))
    return any(_is_own(code, method) for code in {*receivers, *executing}) or hands_own_session(method, effects)


def hands_own_session(method: Function, effects: Effects) -> bool:
    """Whether a method hands a session that its object keeps to a function of the project: `find(self.db, name)`."""
    return any(_is_own(text_of(value), method) for value in handed_by(method, effects))


def _is_own(code: str, method: Function) -> bool:
    return (code.startswith("self.") and code.count(".") == 1) or any(
        is_kept(value, method) for value in values_of(code, method)
    )
