"""The edits where a function opens a session or a transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from awaitify_transforms.edits import AsyncWith, ReplaceExpression
from tree_sitter import Node

from awaitify.analysis.effects import KEPT, Effect
from awaitify.plan_model import Reason
from awaitify.planning.bindings import local_value
from awaitify.planning.draft import NotTwinned
from awaitify.planning.renaming import rename_function
from awaitify.project.expressions import span_of_word
from awaitify.project.index import Call, File, span_of, text_of
from awaitify.project.nodes import with_of

if TYPE_CHECKING:
    from awaitify.planning.functions import FunctionPlanner


def enter(planner: FunctionPlanner, call: Call) -> None:
    """A transaction is entered by `async with`, or awaited."""
    statement = with_of(call.node)
    if statement is None:
        planner.wait(call)
    elif statement.children[0].type != "async":
        planner.draft.add(call.file, AsyncWith(span=span_of_word(statement, "with")))


def open_session(planner: FunctionPlanner, call: Call, effect: Effect) -> None:
    """An async session is opened where a sync one was."""
    planner.sessions.around = planner.draft
    try:
        _open(planner, call, effect)
    finally:
        planner.sessions.around = None


def _open(planner: FunctionPlanner, call: Call, effect: Effect) -> None:
    if effect.detail == KEPT:
        pass  # what is kept is the async one then
    elif effect.callees:
        twin = planner.sessions.maker_twin(effect.callees[0])
        rename_function(call.file, call.callee, twin, planner.draft)
    elif (made := local_value(call)) is not None:  # factory = get_factory(); db = factory()
        planner.draft.add(call.file, ReplaceExpression(span=span_of(made), code=planner.sessions.code(call.file, made)))
        _forget(planner, call.file, made)
    else:
        planner.draft.add(call.file, ReplaceExpression(span=span_of(call.node), code=planner.sessions.opened(call)))
        _forget(planner, call.file, call.node)
    statement = with_of(call.node)
    if statement is not None:
        _check_items(planner, call, statement)
        planner.draft.add(call.file, AsyncWith(span=span_of_word(statement, "with")))


def _forget(planner: FunctionPlanner, file: File, replaced: Node) -> None:
    """The imports of what stood in an expression, as far as nothing else uses them."""
    names = {text_of(node) for node in file.names_in(replaced)}
    for item in file.imports:
        if item.name and item.local in names:
            alias = item.local if item.local != item.name else ""
            planner.draft.remove_import(file, item.written, item.name, alias)


def _check_items(planner: FunctionPlanner, call: Call, statement: Node) -> None:
    """`async with` wants every item async."""
    clause = next((child for child in statement.named_children if child.type == "with_clause"), statement)
    items = [child for child in clause.named_children if child.type == "with_item"]
    opened = [
        effect
        for effect in planner.colouring.effects.of(call.function)  # type: ignore[arg-type]
        if effect.kind in ("opens", "stays", "native") and with_of(effect.call.node) == statement
    ]
    if len(items) > len(opened):
        message = f"{text_of(call.node)[:60]} shares its with statement with something that is not async"
        raise NotTwinned(Reason("session-block", message, call.file.source.relative, call.line))
