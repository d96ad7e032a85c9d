"""Transactions and connections that a function asks its session for: `db.begin_nested()`, `db.connection()`."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from tree_sitter import Node

from awaitify.project.index import Call, Function, is_label, text_of

BEGINNING = ("begin", "begin_nested")
ENDING = {"commit", "rollback"}
#: What an async transaction has under the same name.
ASKED = {*ENDING, "is_active"}


def is_begun_here(call: Call) -> bool:
    """Whether `savepoint.rollback()` ends what the function itself began, and asks nothing else of it."""
    owner = call.callee.child_by_field_name("object")
    return owner is not None and _is_from(owner, call.function, BEGINNING, ASKED)


def is_of_session(call: Call, methods: Collection[str]) -> bool:
    """Whether a connection is that of the session: `db.connection().execute(...)`, also by a name that is asked only
    for these methods."""
    owner = call.callee.child_by_field_name("object")
    if owner is not None and owner.type == "call":
        return _gives(owner, ("connection",))
    return owner is not None and _is_from(owner, call.function, ("connection",), methods)


def _is_from(owner: Node, function: Function | None, makers: Collection[str], asked: Collection[str]) -> bool:
    """Whether a name means only what these methods of a session give, and only these attributes of it are read."""
    if owner.type != "identifier" or function is None or function.param(text_of(owner)) is not None:
        return False
    uses = [node for node in _named(function.node, text_of(owner)) if not is_label(node)]
    values = [value for node in uses for value in _bound(node)]
    return bool(values) and all(_gives(value, makers) for value in values) and all(
        bool(list(_bound(node))) or _is_asked(node, asked) for node in uses
    )  # fmt: skip


def _named(node: Node, name: str) -> Iterator[Node]:
    if node.type == "identifier" and text_of(node) == name:
        yield node
    for child in node.named_children:
        yield from _named(child, name)


def _bound(node: Node) -> Iterator[Node]:
    """What an occurrence of a name binds it to."""
    parent = node.parent
    if parent is not None and parent.type == "as_pattern_target" and parent.parent is not None:
        yield parent.parent.named_children[0]
    elif parent is not None and parent.type == "assignment" and parent.child_by_field_name("left") == node:
        right = parent.child_by_field_name("right")
        if right is not None:
            yield right


def _gives(value: Node, makers: Collection[str]) -> bool:
    callee = value.child_by_field_name("function") if value.type == "call" else None
    return callee is not None and callee.type == "attribute" and text_of(callee).rpartition(".")[2] in makers


def _is_asked(node: Node, asked: Collection[str]) -> bool:
    parent = node.parent
    return parent is not None and parent.type == "attribute" and text_of(parent).rpartition(".")[2] in asked
