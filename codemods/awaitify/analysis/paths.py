"""Where routes are in the API: full paths and tags, from routers and from the places that include them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tree_sitter import Node

from awaitify.analysis.calls import Resolution
from awaitify.project.index import Call, ancestors, text_of

Key = tuple[Path | None, int]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a route is in the API: its full path, and the tags that it has from its routers and of its own."""

    path: str
    tags: tuple[str, ...]


def places_of(routes: list[tuple[Node, Call, str]], resolution: Resolution) -> list[Place]:
    """The place of each (router expression, registering call, own path); of a path what is no literal is shown as
    code."""
    routers = _Routers(resolution)
    found = []
    for node, call, path in routes:
        given = routers.given(node, call)
        tags = [tag for arguments in (*given, call.arguments) for tag in _tags(arguments)]
        found.append(Place("".join(map(_prefix, given)) + path, tuple(dict.fromkeys(tags))))
    return found


class _Routers:
    """Routers by the place of their name: own arguments, and the router and arguments with which they are included."""

    def __init__(self, resolution: Resolution):
        self.resolution = resolution
        self.included: dict[Key, tuple[Key, list[Node]]] = {}
        for file in resolution.project.files:
            for call in file.calls:
                if text_of(call.callee).endswith(".include_router") and not file.is_test:
                    self._include(call)

    def given(self, node: Node, call: Call) -> list[list[Node]]:
        """The arguments that everything registered on this router gets something from, outermost first."""
        return self._full(self._key(node, call), 0)

    def _full(self, key: Key, depth: int) -> list[list[Node]]:
        outer: list[list[Node]] = []
        if key in self.included and depth < 9:
            parent, arguments = self.included[key]
            outer = [*self._full(parent, depth + 1), arguments]
        return [*outer, self._own(key)]

    def _include(self, call: Call) -> None:
        owner = call.callee.child_by_field_name("object")
        inner = next((item for item in call.arguments if item.type != "keyword_argument"), None)
        if owner is not None and inner is not None and inner.type in ("identifier", "attribute"):
            self.included.setdefault(self._key(inner, call), (self._key(owner, call), call.arguments))

    def _key(self, node: Node, call: Call) -> Key:
        for target in self.resolution.definition(call.file, node):
            if target.in_project:
                return target.path, target.offset
        return None, node.start_byte

    def _own(self, key: Key) -> list[Node]:
        """The arguments of `APIRouter(prefix="/x")` where the router's name is bound."""
        file = self.resolution.project.by_path.get(key[0]) if key[0] else None
        node = file.root.descendant_for_byte_range(key[1], key[1] + 1) if file else None
        for parent in ancestors(node) if node is not None else ():
            if parent.type == "assignment":
                right = parent.child_by_field_name("right")
                arguments = (
                    right.child_by_field_name("arguments") if right is not None and right.type == "call" else None
                )
                return arguments.named_children if arguments is not None else []
            if parent.type in ("block", "module"):
                break
        return []


def _value(arguments: list[Node], name: str) -> Node | None:
    for argument in arguments:
        if argument.type == "keyword_argument" and text_of(argument.named_children[0]) == name:
            return argument.child_by_field_name("value")
    return None


def _prefix(arguments: list[Node]) -> str:
    value = _value(arguments, "prefix")
    if value is None:
        return ""
    text = text_of(value)
    return text[1:-1] if value.type == "string" and text[0] in "\"'" else f"{{{text}}}"


def _tags(arguments: list[Node]) -> list[str]:
    value = _value(arguments, "tags")
    items = value.named_children if value is not None and value.type == "list" else []
    return [text_of(item)[1:-1] for item in items if item.type == "string" and text_of(item)[0] in "\"'"]
