"""Whether a function waits for something else than the database of the session that it is given."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from tree_sitter import Node

from awaitify.analysis.loading.names import keyword, walk
from awaitify.project.index import Call, Function, text_of

if TYPE_CHECKING:
    from awaitify.analysis.effects import Effect, Effects

BLOCKING = {"bridge", "native", "opens", "lazy", "reads", "escapes", "unclassified"}
#: The work of sessions, its own or given ones.
OF_SESSIONS = {"session", "terminal", "root"}
#: A connection, and the call that gives that of a session.
CONNECTIONS = {"sqlalchemy.engine.base.Connection", "sqlalchemy.orm.session.Session.connection"}
#: What gives the frames of those who called.
STACKS = {"extract_stack", "format_stack", "print_stack", "walk_stack", "_getframe", "currentframe", "stack"}


def waits(function: Function, effects: Effects, others: Collection[str] = ()) -> bool:
    """Whether it, or what it calls, blocks by a client, a file, the processor or a session of its own. others: the
    kinds of effects that count as well."""
    todo, seen = [function], {function}
    while todo:
        for effect in effects.of(todo.pop()):
            if effect.kind in others or _waits(effect, effects):
                return True
            new = [callee for callee in effect.callees if callee not in seen]
            seen.update(new)
            todo += new
    return False


def waits_apart(listener: Function, effects: Effects) -> bool:
    """Whether a listener of connections waits for anything but the connection that it is given."""
    given = {param.name for param in listener.params}
    for node in walk(listener.node):
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if node.type == "assignment" and left is not None and right is not None and root_name(right) in given:
            given.add(text_of(left))
        elif node.type == "as_pattern" and root_name(node.named_children[0]) in given:
            given.add(text_of(node.named_children[-1]))
    apart = [effect for effect in effects.of(listener) if root_name(effect.call.callee) not in given]
    return any(_waits(effect, effects) or any(waits(item, effects) for item in effect.callees) for effect in apart)


def looks_at_callers(function: Function) -> bool:
    """Whether a function reads the stack of calls that lead to it."""
    return any(text_of(call.callee).rpartition(".")[2] in STACKS for call in function.calls)


def root_name(node: Node) -> str:
    """The name that a chain of attributes and calls begins with."""
    while (inner := node.child_by_field_name("function") or node.child_by_field_name("object")) is not None:
        node = inner
    return text_of(node)


def _waits(effect: Effect, effects: Effects) -> bool:
    if effect.kind == "opens" and _is_on_connection(effect.call, effects):
        return False
    fact = effect.fact or (effects.knowledge.fact(effect.detail) if effect.kind == "unresolved" else None)
    is_known = effect.kind in BLOCKING or (fact is not None and fact.is_ruled and fact.kind in ("blocks", "cpu"))
    return is_known and not (fact is not None and fact.waits_once)


def _is_on_connection(call: Call, effects: Effects) -> bool:
    """Whether a session is made over a connection that is there, whose own session waits for what it does."""
    bind = next((node for node in call.arguments[:1] if node.type != "keyword_argument"), keyword(call.node, "bind"))
    if bind is None:
        return False
    names = effects.resolution.class_names(call.file, bind)
    return (bool(names) and names <= CONNECTIONS) or (not names and _is_given_to_listener(text_of(bind), call.function))


def _is_given_to_listener(name: str, function: Function | None) -> bool:
    """Whether it is the second parameter of a listener, which the events of a mapper give a connection."""
    if function is None or not any("listens_for(" in text_of(item) for item in function.decorators):
        return False
    return len(function.params) > 1 and function.params[1].name == name
