"""What the functions of the tests do with a session that becomes async: whether each use of it is followed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

from awaitify.analysis.calls import Resolution
from awaitify.analysis.effects import Effects
from awaitify.analysis.target_tests.own import is_cleanup
from awaitify.plan_model import Reason
from awaitify.project.index import Function, is_within, text_of

DONE = ("session", "stays", "root")


@dataclass(eq=False)
class SessionUses:
    """Judges them."""

    resolution: Resolution
    effects: Effects

    def problems(self, function: Function, name: str) -> Iterator[Reason]:
        """A session may be worked on and handed to functions of the project; nothing else is followed."""
        for node in _mentions(function, name):
            if not self._is_followed(function, node):
                yield place_of(
                    "session-source",
                    f"{text_of(node.parent or node)[:60]}: this use of the session is not followed",
                    function,
                    node,
                )

    def _is_followed(self, function: Function, node: Node) -> bool:
        parent = node.parent
        if parent is None or any(
            item == parent or item == parent.parent for item in (param.node for param in function.params)
        ):
            return True
        if any(param.node == node for param in function.params) or is_cleanup(node):
            return True
        if parent.type in ("assignment", "as_pattern_target"):
            return parent.child_by_field_name("right") != node
        if parent.type == "keyword_argument":
            if parent.child_by_field_name("name") == node and parent.child_by_field_name("value") != node:
                return True
            parent = parent.parent
        if parent is not None and parent.type == "attribute":
            if parent.child_by_field_name("object") != node:
                return True
            return self._kind(function, parent.parent, parent) in DONE
        return (
            parent is not None and parent.type == "argument_list" and self._kind(function, parent.parent) == "project"
        )

    def _kind(self, function: Function, node: Node | None, callee: Node | None = None) -> str:
        call = self.resolution.call_at(function.file, node) if node is not None else None
        if call is None or (callee is not None and call.callee != callee) or call.in_lambda:
            return ""
        effect = self.effects.by_call.get(call)
        return effect.kind if effect is not None else ""


def names_in(function: Function) -> list[Node]:
    """The names that a function says."""
    return function.file.names_in(function.node)


def _mentions(function: Function, name: str) -> list[Node]:
    """Where a function says a name, or an attribute of self."""
    last = name.rpartition(".")[2]
    nodes = [
        node.parent if "." in name else node for node in function.file.named(last) if is_within(node, function.node)
    ]
    return [node for node in nodes if node is not None and text_of(node) == name]


def place_of(rule: str, message: str, function: Function, node: Node) -> Reason:
    """A reason that points at a node of a function."""
    return Reason(rule, message, function.file.source.relative, node.start_point[0] + 1)
