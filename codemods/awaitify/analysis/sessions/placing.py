"""What a sync function may do with a session of either kind: add to it, take out of it, ask about it. No I/O."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING

from tree_sitter import Node

from awaitify.analysis.sessions.params import session_params
from awaitify.project.index import Call, Function, mentions, text_of

if TYPE_CHECKING:
    from awaitify.analysis.effects import Effects

KINDS = {"harmless", "project", "stays"}
PLACING = {"add", "add_all", "expunge", "expunge_all", "is_modified", "in_transaction", "in_nested_transaction"}


def takes_either(names: Iterable[str]) -> bool:
    """Whether these are the methods that a call means of a session of either kind, and wait for nothing: what an
    earlier step left shared."""
    parts = [name.rpartition(".") for name in names]
    is_async = any(owner.endswith("ext.asyncio.session.AsyncSession") for owner, _, _ in parts)
    return len(parts) > 1 and is_async and all(name in PLACING for _, _, name in parts)


def does_more(function: Function, effects: Effects, seen: frozenset[Function] = frozenset()) -> bool:
    """Whether a function, or one that it calls, does something else to a session that the session itself does not
    wait for: it begins a transaction, whose end waits."""
    own = effects.of(function)
    if any(item.kind == "stays" and item.detail.rpartition(".")[2] not in PLACING for item in own):
        return True
    seen |= {function}
    return any(does_more(callee, effects, seen) for item in own for callee in item.callees if callee not in seen)


def only_places(function: Function, effects: Effects, kinds: Mapping[Function, set[str]]) -> bool:
    """Whether a function takes a session and, if it reads it at all, only does such things with it, or hands it to
    functions that do."""
    return _only_places(function, effects, kinds, frozenset())


def _only_places(
    function: Function, effects: Effects, kinds: Mapping[Function, set[str]], seen: frozenset[Function]
) -> bool:
    names = session_params(function, effects.resolution)
    if not names or not mentions(function, names):
        return bool(names)
    if function.node.type == "class_definition":  # the constructor of a data class: its methods read the field
        return False
    if not kinds[function] <= KINDS or does_more(function, effects):
        return False
    seen |= {function}
    used = 0
    for effect in effects.of(function):
        callee = effect.call.callee
        receiver = callee.child_by_field_name("object") if callee.type == "attribute" else None
        if effect.kind == "stays" and receiver is not None and text_of(receiver) in names:
            used += 1
        elif effect.kind == "project" and (given := _given(effect.call, names)):
            rest = [callee for callee in effect.callees if callee not in seen]
            if not all(_only_places(callee, effects, kinds, seen) for callee in rest):
                return False
            used += given
    body = function.node.child_by_field_name("body")
    span = (body.start_byte, body.end_byte) if body is not None else (0, 0)
    read = [node for node in function.file.names_between(*span) if text_of(node) in names and not _is_label(node)]
    return used == sum(not _is_asked(node) for node in read)


def _is_asked(node: Node) -> bool:
    """Whether it is only asked whether there is a session: `db is not None`."""
    parent = node.parent
    if parent is None or parent.type != "comparison_operator" or len(parent.named_children) != 2:
        return False
    signs = {child.type for child in parent.children if not child.is_named}
    return any(child.type == "none" for child in parent.named_children) and signs <= {"is", "is not", "not"}


def _is_label(node: Node) -> bool:
    """Whether a name is that of a keyword argument or an attribute: it reads no variable."""
    parent = node.parent
    fields = {"keyword_argument": "name", "attribute": "attribute"}
    return parent is not None and parent.type in fields and parent.child_by_field_name(fields[parent.type]) == node


def _given(call: Call, names: Collection[str]) -> int:
    """How many arguments of a call are these names."""
    values = [item.child_by_field_name("value") if item.type == "keyword_argument" else item for item in call.arguments]
    return sum(value is not None and text_of(value) in names for value in values)
