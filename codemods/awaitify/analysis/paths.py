"""Full paths of routes: the prefixes of routers, and of the places that include them."""

from __future__ import annotations

from pathlib import Path

from tree_sitter import Node

from awaitify.analysis.calls import Resolution
from awaitify.project.index import Call, ancestors, text_of

Key = tuple[Path | None, int]


def add_prefixes(paths: list[tuple[Node, Call, str]], resolution: Resolution) -> list[str]:
    """The full path of each (router expression, registering call, own path); what is no literal is shown as code."""
    prefixes = _Prefixes(resolution)
    return [prefixes.of(node, call) + path for node, call, path in paths]


class _Prefixes:
    """Routers by the place of their name: own prefix, and the router and prefix under which they are included."""

    def __init__(self, resolution: Resolution):
        self.resolution = resolution
        self.included: dict[Key, tuple[Key, str]] = {}
        for file in resolution.project.files:
            for call in file.calls:
                if text_of(call.callee).endswith(".include_router") and not file.is_test:
                    self._include(call)

    def of(self, node: Node, call: Call) -> str:
        """The prefix of everything registered on this router."""
        return self._full(self._key(node, call), 0)

    def _full(self, key: Key, depth: int) -> str:
        outer = ""
        if key in self.included and depth < 9:
            parent, prefix = self.included[key]
            outer = self._full(parent, depth + 1) + prefix
        return outer + self._own(key)

    def _include(self, call: Call) -> None:
        owner = call.callee.child_by_field_name("object")
        inner = next((item for item in call.arguments if item.type != "keyword_argument"), None)
        if owner is not None and inner is not None and inner.type in ("identifier", "attribute"):
            self.included.setdefault(self._key(inner, call), (self._key(owner, call), _prefix(call.arguments)))

    def _key(self, node: Node, call: Call) -> Key:
        for target in self.resolution.definition(call.file, node):
            if target.in_project:
                return target.path, target.offset
        return None, node.start_byte

    def _own(self, key: Key) -> str:
        """`APIRouter(prefix="/x")` where the router's name is bound."""
        file = self.resolution.project.by_path.get(key[0]) if key[0] else None
        node = file.root.descendant_for_byte_range(key[1], key[1] + 1) if file else None
        for parent in ancestors(node) if node is not None else ():
            if parent.type == "assignment":
                right = parent.child_by_field_name("right")
                arguments = (
                    right.child_by_field_name("arguments") if right is not None and right.type == "call" else None
                )
                return _prefix(arguments.named_children) if arguments is not None else ""
            if parent.type in ("block", "module"):
                break
        return ""


def _prefix(arguments: list[Node]) -> str:
    for argument in arguments:
        if argument.type == "keyword_argument" and text_of(argument.named_children[0]) == "prefix":
            value = argument.child_by_field_name("value")
            text = text_of(value) if value is not None else ""
            return text[1:-1] if value is not None and value.type == "string" and text[0] in "\"'" else f"{{{text}}}"
    return ""
