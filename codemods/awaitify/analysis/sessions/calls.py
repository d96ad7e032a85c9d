"""What calls on sessions, factories, engines and connections become."""

from __future__ import annotations

from tree_sitter import Node

from awaitify.analysis.sessions.begun import ENDING, is_begun_here, is_of_session
from awaitify.analysis.sessions.registries import registry_effect
from awaitify.analysis.values import FACTORY, SCOPED
from awaitify.project.index import Call, text_of
from awaitify.project.nodes import with_of
from awaitify.resolve.model import Target

SESSION_CLASSES = ("sqlalchemy.orm.session.Session", "sqlmodel.orm.session.Session")
AWAITED = {
    "execute", "scalars", "scalar", "get", "get_one", "refresh", "merge", "delete", "flush", "commit", "rollback",
    "close", "exec", "connection", "reset", "invalidate", "merge_all", "delete_all",
}  # fmt: skip
#: Those that an async session lacks: they run on the sync one inside it.
INSIDE = {"bulk_save_objects", "bulk_insert_mappings", "bulk_update_mappings"}
STAYS = {
    "add", "add_all", "expunge", "expunge_all", "expire", "expire_all", "is_modified", "in_transaction",
    "in_nested_transaction", "get_bind", "identity_key", "__contains__", "__iter__", "begin_nested", "begin",
}  # fmt: skip
OPENING = {*SESSION_CLASSES, f"{FACTORY}.__call__", f"{SCOPED}.__call__"}
CONNECTING = {"sqlalchemy.engine.base.Engine.connect", "sqlalchemy.engine.base.Engine.begin"}
CONNECTION = "sqlalchemy.engine.base.Connection"
#: They find the session of an object.
ATTACHED = {"sqlalchemy.orm.session.object_session", "sqlalchemy.orm.session.Session.object_session"}
TRANSACTION = "sqlalchemy.orm.session.SessionTransaction"
ON_CONNECTIONS = {"execute", "scalar", "scalars", "exec_driver_sql", "commit", "rollback"}


def session_effect(call: Call, target: Target) -> tuple[str, str] | None:
    """Kind and detail of the effect of a library call that has to do with sessions; None for any other."""
    owner, _, method = target.name.rpartition(".")
    if target.name in ATTACHED and len(call.arguments) == 1:
        return "attached", target.name
    if owner in SESSION_CLASSES:
        if method == "__init__":
            return "opens", owner
        is_known = method in AWAITED or method in STAYS or method in INSIDE
        return ("stays" if method in STAYS else "session", method) if is_known else ("refused", f"Session.{method}")
    if target.name in OPENING or (target.name == f"{FACTORY}.begin" and with_of(call.node) is not None):
        return "opens", target.name
    if owner == SCOPED or target.name == SCOPED:
        return registry_effect(call, method if owner == SCOPED else "__init__")
    if target.name in CONNECTING:
        return ("opens", target.name) if _connection(call.node) is not None else None
    if owner == TRANSACTION and method in ENDING and is_begun_here(call):
        return "session", method
    if owner == CONNECTION and method in ON_CONNECTIONS:
        of_session = method not in ENDING and is_of_session(call, ON_CONNECTIONS - ENDING)
        return ("session", method) if of_session or _is_opened_here(call) else None
    return None


def legacy_effect(call: Call, target: Target) -> tuple[str, str] | None:
    """What a session or an engine of SQLAlchemy 1.4 does and one of its future mode, so an async one, does not:
    connections that commit by themselves, and transactions inside a transaction that are none."""
    owner, _, method = target.name.rpartition(".")
    if target.name in CONNECTING:
        return "refused", f"{target.name.rpartition('.')[0].rpartition('.')[2]}.{method} of SQLAlchemy 1.4"
    names = [argument.child_by_field_name("name") for argument in call.arguments]
    is_inner = any(name is not None and text_of(name) == "subtransactions" for name in names)
    return ("refused", "begin(subtransactions=...)") if owner in SESSION_CLASSES and is_inner else None


def session_argument(call: Call) -> Node | None:
    """The session that a library's function is handed: its first argument."""
    first = call.arguments[0] if call.arguments else None
    return first.child_by_field_name("value") if first is not None and first.type == "keyword_argument" else first


def _connection(node: Node) -> str | None:
    """The name that `with engine.connect() as name` binds, if it is only asked to execute and to end transactions."""
    statement, pattern = with_of(node), node.parent
    if statement is None or pattern is None or pattern.type != "as_pattern":
        return None
    name = text_of(pattern.named_children[-1])
    body = statement.child_by_field_name("body")
    return name if body is not None and all(_is_asked(item) for item in _named(body, name)) else None


def _named(node: Node, name: str) -> list[Node]:
    if node.type == "identifier":
        return [node] if text_of(node) == name else []
    return [found for child in node.named_children for found in _named(child, name)]


def _is_asked(node: Node) -> bool:
    """Whether a name stands in a call of one of the methods, or is itself an attribute or a keyword of that name."""
    parent = node.parent
    if parent is not None and parent.type == "keyword_argument" and parent.named_children[0] == node:
        return True
    if parent is None or parent.type != "attribute" or parent.parent is None:
        return False
    if parent.child_by_field_name("object") != node:
        return True
    is_callee = parent.parent.type == "call" and parent.parent.child_by_field_name("function") == parent
    return is_callee and text_of(parent).rpartition(".")[2] in ON_CONNECTIONS


def _is_opened_here(call: Call) -> bool:
    """Whether the connection comes from a `with engine.connect()` around the call."""
    owner = call.callee.child_by_field_name("object")
    node = call.node.parent
    while node is not None and node.type not in ("function_definition", "lambda"):
        if node.type == "with_statement" and owner is not None:
            for other in call.function.calls if call.function is not None else ():
                if with_of(other.node) == node and _connection(other.node) == text_of(owner):
                    return text_of(other.callee).endswith((".connect", ".begin"))
        node = node.parent
    return False
