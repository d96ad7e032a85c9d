"""Whether a function or a class is used otherwise than by its own calls: then others may call it, with anything."""

from __future__ import annotations

from dataclasses import dataclass

from tree_sitter import Node

from awaitify.analysis.calls import Resolution
from awaitify.project.expressions import is_callee, whole_name
from awaitify.project.index import Class, File, Function, ancestors, is_imported, text_of

#: What asks for the class of a value, and makes none.
ASKING = {"isinstance", "issubclass"}
STATEMENTS = ("block", "module")


@dataclass(eq=False)
class Uses:
    """Looks at the names outside the tests."""

    resolution: Resolution

    def named(self, name: str) -> list[tuple[File, Node]]:
        """Where a name stands."""
        files = [file for file in self.resolution.project.files if not file.is_test]
        return [(file, node) for file in files for node in file.named(name)]

    def is_passed_on(self, what: Function | Class) -> bool:
        """Whether it is read as a value, or under another name."""
        return any(self._is_value(file, node, what) for file, node in self.named(what.name))

    def _is_value(self, file: File, node: Node, what: Function | Class) -> bool:
        if is_imported(node):
            return any(item.name == what.name and item.local != what.name for item in file.imports)
        whole = whole_name(node)
        parent = whole.parent
        if parent is None or _is_name_of(whole, parent) or is_callee(whole) or _is_asked(whole):
            return False
        targets = self.resolution.definition(file, node)
        found = [self.resolution.project.definition(item.path, item.offset) for item in targets if item.in_project]
        return not targets or what in found


def _is_name_of(node: Node, parent: Node) -> bool:
    """A label, or the name that a definition or a parameter has."""
    if parent.type == "keyword_argument":
        return parent.child_by_field_name("name") == node
    if parent.type in ("function_definition", "class_definition"):
        return parent.child_by_field_name("name") == node
    return parent.type in ("parameters", "typed_parameter", "default_parameter", "typed_default_parameter") and (
        parent.named_children[0] == node
    )


def _is_asked(node: Node) -> bool:
    """Whether it stands in an annotation, or where the class of a value is asked for."""
    for item in ancestors(node):
        if item.type == "type":
            return True
        if item.type in STATEMENTS:
            return False
        callee = item.child_by_field_name("function") if item.type == "call" else None
        if callee is not None and text_of(callee) in ASKING:
            return True
    return False
