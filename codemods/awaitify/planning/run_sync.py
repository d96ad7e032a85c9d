"""Calls of functions that stay sync and work on the session that they are given: on its own greenlet."""

from __future__ import annotations

from collections.abc import Mapping

from awaitify_transforms.edits import BridgeCall, Edit, NameParts, ReplaceExpression
from tree_sitter import Node

from awaitify.analysis.bridges import Bridges, read_whole
from awaitify.analysis.effects import Effect
from awaitify.analysis.waiting_parts import may_follow, names_of, parts_of, statement_of
from awaitify.planning.draft import Draft
from awaitify.planning.generators import is_waiting, is_within_span
from awaitify.planning.splicing import spliced_code
from awaitify.project.expressions import outdented
from awaitify.project.index import Call, Function, span_of, text_of


def run_sync_edit(call: Call, effect: Effect, bridges: Bridges) -> Edit:
    """`f(db, x)` becomes `await db.run_sync(f, x)`; a session elsewhere goes through a lambda, and so does what reads
    the result of a generator whole."""
    argument, value = _session(call, bridges)
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


def name_waiting(function: Function, bridges: Bridges, runners: Mapping[Call, str], draft: Draft) -> None:
    """What such a call is given and waits for cannot stand in a lambda: it gets a name before the statement, or is
    handed to the lambda."""
    edits = draft.edits[function.file]
    for effect in bridges.refusals.effects.of(function):
        call = effect.call
        edit = run_sync_edit(call, effect, bridges) if runners.get(call) == "run_sync" else None
        if not isinstance(edit, ReplaceExpression) or edit.span != span_of(call.node):
            continue
        parts, session = list(parts_of(call.node)), _session(call, bridges)[1]
        waiting = [
            part for part in parts if any(is_waiting(item) and is_within_span(item.span, part) for item in edits)
        ]
        if waiting and session not in waiting and may_follow(parts[: parts.index(waiting[-1])], waiting):
            edits.remove(edit)
            edits += _given_before(call, session, waiting, function)


def _given_before(call: Call, session: Node, waiting: list[Node], function: Function) -> list[Edit]:
    names, statement = tuple(names_of(waiting, function)), statement_of(call.node)
    new = {session: "sync_session"} | {part: f"{{{at}}}" for at, part in enumerate(waiting)}
    if statement is None:
        new |= dict(zip(waiting, names, strict=True))
    inner = spliced_code(function.file, call.node, [(span_of(part), code) for part, code in new.items()])
    spans = tuple(map(span_of, waiting))
    taken = "".join(f", {name}" for name in names) if statement is None else ""
    given = "".join(f", {{{at}}}" for at in range(len(names))) if statement is None else ""
    code = f"await {text_of(session)}.run_sync(lambda sync_session{taken}: {inner}{given})"
    runs = ReplaceExpression(span=span_of(call.node), code=code, holes=spans)
    return [runs] if statement is None else [NameParts(span=span_of(statement), names=names, parts=spans), runs]


def _session(call: Call, bridges: Bridges) -> tuple[Node, Node]:
    """The argument that is the session, and its value."""
    argument = next(node for node in call.arguments if bridges.is_session(call, node))
    is_keyword = argument.type == "keyword_argument"
    return argument, (argument.child_by_field_name("value") if is_keyword else None) or argument


def _is_first(call: Call, effect: Effect, bridges: Bridges) -> bool:
    """Whether the session is what the function takes first."""
    argument, _ = _session(call, bridges)
    if argument.type != "keyword_argument":
        return call.arguments[0].id == argument.id
    names = [_first_name(callee) for callee in effect.callees]
    is_named = all(name == text_of(argument.named_children[0]) for name in names)
    return is_named and all(item.type == "keyword_argument" for item in call.arguments)


def _first_name(callee: Function) -> str:
    own = callee.params[1:] if callee.cls is not None else callee.params
    return own[0].name if own else ""
