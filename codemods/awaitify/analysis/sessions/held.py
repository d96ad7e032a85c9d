"""Sessions that are attributes of other objects: `self.repo.session.commit()`, `uow.session.add(item)`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from awaitify.analysis.calls import Resolution
from awaitify.analysis.effects import Effects
from awaitify.analysis.implicit import is_property
from awaitify.analysis.sessions.params import session_params
from awaitify.analysis.values import returned
from awaitify.project.index import Class, Function, text_of


def held_in(receiver: Node, function: Function, effects: Effects) -> Class | None:
    """The class of the object whose attribute a session is; None where that is not known to keep it there."""
    base, name = receiver.child_by_field_name("object"), receiver.child_by_field_name("attribute")
    if receiver.type != "attribute" or base is None or name is None or text_of(base) in ("self", "cls"):
        return None
    names = effects.resolution.class_names(function.file, base)
    cls = effects.resolution.project.classes.get(next(iter(names))) if len(names) == 1 else None
    return cls if cls is not None and _keeps(cls, text_of(name), effects) else None


def ways_to(receiver: Node, function: Function, resolution: Resolution) -> Iterator[Class]:
    """The classes of the objects by which an object with a session is come to: that of `service` in
    `service.repo.session`."""
    base = receiver.child_by_field_name("object")
    node = base.child_by_field_name("object") if base is not None else None
    while node is not None and text_of(node) not in ("self", "cls"):
        names = resolution.class_names(function.file, node)
        yield from (cls for name in sorted(names) if (cls := resolution.project.classes.get(name)) is not None)
        node = node.child_by_field_name("object")


def _keeps(cls: Class, name: str, effects: Effects) -> bool:
    """Whether its objects keep the session that they are given, or open as they are entered, under a name."""
    for owner in effects.resolution.lineage(cls):
        method = owner.methods.get(name)
        if method is not None and is_property(method):
            inner = [text_of(node) for node in returned(method)]
            return len(inner) == 1 and inner[0].startswith("self.") and _keeps(cls, inner[0][5:], effects)
        enter, init = owner.methods.get("__enter__"), owner.methods.get("__init__")
        if enter is not None and _opens(enter, name, effects):
            return True
        if init is not None:
            given = session_params(init, effects.resolution)
            return name in given if init.node.type == "class_definition" else _assigns(init, name, given)
    return False


def _assigns(init: Function, name: str, given: list[str]) -> bool:
    values = "|".join(map(re.escape, given))
    return (
        bool(given)
        and re.search(rf"\bself\.{name}\s*(?::[^=\n]+)?=\s*(?:{values})\s*$", text_of(init.node), re.M) is not None
    )


def _opens(enter: Function, name: str, effects: Effects) -> bool:
    """Whether `__enter__` of a unit of work that may move opens a session for an attribute."""
    if not any(enter in manager.methods for manager in effects.managers):
        return False
    opened = [effect.call.node.parent for effect in effects.of(enter) if effect.kind == "opens"]
    left = [node.child_by_field_name("left") for node in opened if node is not None and node.type == "assignment"]
    return [text_of(node) for node in left if node is not None] == [f"self.{name}"]
