"""A middleware that keeps a session for the request keeps an async one too, or only that."""

from __future__ import annotations

from awaitify_transforms.edits import InsertCode, ReplaceStatement
from tree_sitter import Node

from awaitify.analysis.naming import async_name
from awaitify.analysis.sessions.state_slots import Slot
from awaitify.planning.draft import Draft
from awaitify.planning.sessions import Sessions
from awaitify.project.index import Call, Function, ancestors, span_of, text_of


def plan_slots(slots: list[Slot], sessions: Sessions, gone: set[Function], draft: Draft) -> None:
    """Plans it for the slots whose readers got async copies. gone: the functions that make place for their copies."""
    for slot in slots:
        if not sessions.copied & slot.readers.keys():
            continue
        is_replaced = slot.readers.keys() <= gone
        for call in slot.openings:
            left = _statement(call).named_children[0].child_by_field_name("left")
            target = _renamed(text_of(left or call.node), slot)
            _put(call, f"{target} = {sessions.opened(call)}", is_replaced, draft)
        for call in slot.waiting:
            owner, _, method = text_of(call.callee).rpartition(".")
            arguments = text_of(call.node.child_by_field_name("arguments") or call.node)
            _put(call, f"await {_renamed(owner, slot)}.{method}{arguments}", is_replaced, draft)
        for file, node in slot.named:
            left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
            code = f"{_renamed(text_of(left or node), slot)} = {_renamed(text_of(right or node), slot)}"
            span = span_of(node.parent or node)
            draft.add(file, ReplaceStatement(span=span, code=code) if is_replaced else InsertCode(span=span, code=code))


def try_slots(slots: list[Slot], sessions: Sessions) -> None:
    """Raises NotTwinned when a slot whose readers got async copies cannot be filled with an async session."""
    for slot in slots:
        for call in slot.openings if sessions.copied & slot.readers.keys() else ():
            sessions.opened(call)


def _renamed(text: str, slot: Slot) -> str:
    """The async form of `request.state.db`, or of the local name of the same session."""
    return text.removesuffix(slot.name) + async_name(slot.name) if "." in text else async_name(text)


def _statement(call: Call) -> Node:
    return next(node for node in ancestors(call.node) if node.type == "expression_statement")


def _put(call: Call, code: str, is_replaced: bool, draft: Draft) -> None:
    span = span_of(_statement(call))
    draft.add(call.file, ReplaceStatement(span=span, code=code) if is_replaced else InsertCode(span=span, code=code))
