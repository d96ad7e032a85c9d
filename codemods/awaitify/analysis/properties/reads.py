"""Where the project reads an attribute of a name, and what each place means."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

from awaitify.analysis.calls import Resolution
from awaitify.project.index import File, Function, ancestors, is_within

SETTING = (
    "assignment",
    "augmented_assignment",
    "delete_statement",
    "for_statement",
    "for_in_clause",
    "as_pattern_target",
)


@dataclass(frozen=True, slots=True, eq=False)
class Read:
    """A place `x.name`. node: the attribute, or what stands there otherwise (a part of a string); meant: the functions
    that it may mean; answers: how many definitions the checker knows for it; function: in whose body it stands."""

    file: File
    node: Node
    meant: tuple[Function, ...]
    answers: int
    function: Function | None
    in_lambda: bool

    @property
    def receiver(self) -> Node | None:
        """What stands before the dot."""
        return self.node.child_by_field_name("object") if self.node.type == "attribute" else None

    @property
    def is_called(self) -> bool:
        """Whether parentheses follow at once."""
        parent = self.node.parent
        return parent is not None and parent.type == "call" and parent.child_by_field_name("function") == self.node

    @property
    def is_set(self) -> bool:
        """Whether the attribute is given a value, or deleted."""
        parent = self.node.parent
        while parent is not None and parent.type in (
            "pattern_list",
            "tuple_pattern",
            "list_pattern",
            "expression_list",
        ):
            parent = parent.parent
        if parent is None or parent.type not in SETTING:
            return False
        left = parent.child_by_field_name("left")
        return left is None or is_within(self.node, left)


def reads_of(name: str, resolution: Resolution) -> Iterator[Read]:
    """Every `.name` in the project, but for the names of modules."""
    pattern = re.compile(rb"\.\s*(" + re.escape(name.encode()) + rb")\b")
    for file in resolution.project.files:
        spots = [match.start(1) for match in pattern.finditer(file.source.text)]
        nodes = [node for at in spots if (node := file.root.descendant_for_byte_range(at, at + 1)) is not None]
        nodes = [node for node in nodes if node.type != "comment" and not _is_module_name(node)]
        asked = [node for node in nodes if node.type == "identifier"]
        answers = dict(zip((node.id for node in asked), resolution.definitions(file, asked), strict=True))
        homes = {function.node.id: function for function in file.functions}
        for node in nodes:
            whole = node.parent if node.type == "identifier" and node.parent is not None else node
            targets = answers.get(node.id, ())
            meant = [found for item in targets if (found := resolution.function_of(item)) is not None]
            function, in_lambda = _home(whole, homes)
            yield Read(file, whole, tuple(dict.fromkeys(meant)), len(targets), function, in_lambda)


def _is_module_name(node: Node) -> bool:
    """Whether a node is a part of what an import names: `from pymongo.collection import Collection`."""
    return node.parent is not None and node.parent.type == "dotted_name"


def _home(node: Node, homes: dict[int, Function]) -> tuple[Function | None, bool]:
    """The function in whose body a node stands, and whether a lambda stands between."""
    in_lambda = False
    for item in ancestors(node):
        in_lambda = in_lambda or item.type == "lambda"
        if item.type == "class_definition":
            return None, in_lambda
        if item.id in homes:
            body = item.child_by_field_name("body")
            return (homes[item.id] if body is not None and is_within(node, body) else None), in_lambda
    return None, in_lambda
