"""Registries of sessions (`scoped_session`): what removes their session, and those that a dependency makes and hands
over as the session itself (`db = scoped_session(SessionLocal)`, `yield db`)."""

from __future__ import annotations

import re

from awaitify.project.index import Call, text_of

#: What such a registry is asked for in the dependency that makes it.
ENDING = {"close", "commit", "rollback", "flush"}


def registry_effect(call: Call, method: str) -> tuple[str, str] | None:
    """Kind and detail of the effect of a call on a registry, or of one that makes it; None for any other."""
    owner = text_of(call.callee).rpartition(".")[0]
    if method == "__init__":
        return ("opens", "scoped_session") if is_handed_over(call) else None
    if method == "remove":
        return _removal(call, owner)
    return ("session", method) if method in ENDING and _made_here(call, owner) else None


def is_handed_over(call: Call) -> bool:
    """Whether a call makes a registry that a dependency gives for a session: each request has its own, so it is one
    session."""
    name, function = _bound(call), call.function
    if not name or function is None or not function.is_generator or len(call.arguments) != 1:
        return False
    return re.search(rf"^\s*yield {name}$", _text(call), re.MULTILINE) is not None


def _made_here(call: Call, owner: str) -> bool:
    """Whether the function that calls a registry made it, to hand it over."""
    calls = call.function.calls if call.function is not None else []
    makers = [item for item in calls if text_of(item.callee).endswith("scoped_session")]
    return any(is_handed_over(item) and _bound(item) == owner for item in makers)


def _bound(call: Call) -> str:
    """The name that a call's value is assigned to."""
    parent = call.node.parent
    left = parent.child_by_field_name("left") if parent is not None and parent.type == "assignment" else None
    return text_of(left) if left is not None and left.type == "identifier" else ""


def _removal(call: Call, owner: str) -> tuple[str, str]:
    """`registry.remove()` beside `db = registry()` closes that session."""
    if _made_here(call, owner):
        return "remove", owner
    found = re.findall(rf"^\s*(\w+)(?::[^=\n]+)? = {re.escape(owner)}\(\)$", _text(call), re.MULTILINE)
    return ("remove", found[0]) if len(found) == 1 else ("refused", "scoped_session.remove")


def _text(call: Call) -> str:
    return text_of(call.function.node) if call.function is not None else ""
