"""Calls of functions that stay sync and work on the session that they are given: on its own greenlet."""

from __future__ import annotations

from awaitify_transforms.edits import BridgeCall, Edit, ReplaceExpression

from awaitify.analysis.bridges import Bridges, read_whole
from awaitify.analysis.effects import Effect
from awaitify.project.expressions import outdented
from awaitify.project.index import Call, Function, span_of, text_of


def run_sync_edit(call: Call, effect: Effect, bridges: Bridges) -> Edit:
    """`f(db, x)` becomes `await db.run_sync(f, x)`; a session elsewhere goes through a lambda, and so does what reads
    the result of a generator whole."""
    argument = next(node for node in call.arguments if bridges.is_session(call, node))
    is_keyword = argument.type == "keyword_argument"
    value = (argument.child_by_field_name("value") if is_keyword else None) or argument
    whole = read_whole(call) if effect.callees[0].is_generator else None
    is_bare = not bridges.gives_sqlmodel(call) and not bridges.gives_columns(call)
    is_bare = is_bare and not bridges.is_typed_by_callee(call)
    if whole is None and is_bare and _is_first(call, effect, bridges):
        return BridgeCall(span=span_of(call.node), runner=f"{text_of(value)}.run_sync", drop=span_of(argument))
    node = whole or call.node
    code = text_of(node).encode()
    start, end = value.start_byte - node.start_byte, value.end_byte - node.start_byte
    inner = outdented(node, (code[:start] + b"sync_session" + code[end:]).decode())
    code_after = f"await {text_of(value)}.run_sync(lambda sync_session: {inner})"
    return ReplaceExpression(span=span_of(node), code=code_after)


def _is_first(call: Call, effect: Effect, bridges: Bridges) -> bool:
    """Whether the session is what the function takes first."""
    argument = next(node for node in call.arguments if bridges.is_session(call, node))
    if argument.type != "keyword_argument":
        return call.arguments[0].id == argument.id
    names = [_first_name(callee) for callee in effect.callees]
    is_named = all(name == text_of(argument.named_children[0]) for name in names)
    return is_named and all(item.type == "keyword_argument" for item in call.arguments)


def _first_name(callee: Function) -> str:
    own = callee.params[1:] if callee.cls is not None else callee.params
    return own[0].name if own else ""
