"""What code keeps on a session itself (`db.tenant = name`): the sync session inside an async one has it."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from awaitify.analysis.effects import Effects
from awaitify.analysis.sessions.calls import SESSION_CLASSES
from awaitify.project.index import File, Function, text_of

#: What a session has by itself: the public attributes of SQLAlchemy's AsyncSession, and the methods of Session.
OWN = {
    "aclose", "add", "add_all", "autoflush", "begin", "begin_nested", "bind", "bind_mapper", "bind_table", "binds",
    "bulk_insert_mappings", "bulk_save_objects", "bulk_update_mappings", "close", "close_all", "commit",
    "connection", "delete", "delete_all", "deleted", "dirty", "enable_relationship_loading", "exec", "execute",
    "execution_options", "expire", "expire_all", "expunge", "expunge_all", "flush", "get", "get_async_bind",
    "get_bind", "get_nested_transaction", "get_one", "get_transaction", "identity_key", "identity_map",
    "in_nested_transaction", "in_transaction", "info", "invalidate", "is_active", "is_modified", "merge",
    "merge_all", "new", "no_autoflush", "object_session", "prepare", "query", "refresh", "reset", "rollback",
    "run_sync", "scalar", "scalars", "stream", "stream_scalars", "sync_session_class",
}  # fmt: skip


def kept_on_session(function: Function, effects: Effects) -> list[Node]:
    """The names of sessions in front of such attributes."""
    body = function.node.child_by_field_name("body")
    places = [node for node in _names(body) if _is_place(node)] if body is not None else []
    effects.resolution.classes(function.file, places)
    return [node for node in places if is_kept_on_session(node, function.file, effects)]


def is_kept_on_session(node: Node, file: File, effects: Effects) -> bool:
    """Whether a name is a session's, in front of such an attribute."""
    return _is_place(node) and bool(effects.resolution.class_names(file, node) & set(SESSION_CLASSES))


def _is_place(node: Node) -> bool:
    whole = node.parent
    if node.type != "identifier" or whole is None or whole.type != "attribute":
        return False
    attribute = whole.child_by_field_name("attribute")
    is_called = whole.parent is not None and whole.parent.child_by_field_name("function") == whole
    is_kept = attribute is not None and text_of(attribute) not in OWN and not text_of(attribute).startswith("_")
    return whole.child_by_field_name("object") == node and not is_called and is_kept


def _names(node: Node) -> Iterator[Node]:
    for child in node.named_children:
        if child.type == "identifier":
            yield child
        elif child.type not in ("function_definition", "class_definition"):
            yield from _names(child)
