"""What the fields of a project's dataclasses and named tuples hold, by all the places that make such an object."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

from awaitify.analysis.calls import Resolution
from awaitify.analysis.data_classes import fields_of, is_data_class
from awaitify.analysis.uses import Uses
from awaitify.project.index import Call, Class, File, Function, text_of

SPLATS = ("list_splat", "dictionary_splat")
#: They make a changed copy of an object.
COPYING = {"replace", "_replace", "evolve", "copy", "model_copy", "setattr", "__setattr__"}
#: A value, with the file and the function that it stands in.
Given = tuple[Node, File, Function | None]


@dataclass(eq=False)
class Fields:
    """Looks at every place that makes an object of a class."""

    resolution: Resolution
    uses: Uses

    def given(self, cls: Class, name: str) -> list[Given] | None:
        """The expressions that a field gets its value from; None where they are not all known."""
        fields = {label: param.default for label, param in fields_of(cls).items()}
        if name not in fields or not self._is_plain(cls) or self._is_set(cls, name) or self.uses.is_passed_on(cls):
            return None
        found: list[Given] = []
        for call in self._makers(cls):
            value = _argument(call, name, list(fields)) or fields[name]
            if value is None or any(item.type in SPLATS for item in call.arguments):
                return None
            found.append((value, call.file, call.function) if value is not fields[name] else (value, cls.file, None))
        return found or None

    def _is_plain(self, cls: Class) -> bool:
        """Whether its constructor takes its fields, and nothing derives from it."""
        bases = [text_of(base) for base in cls.bases]
        is_data = not bases and is_data_class(cls)
        is_tuple = len(bases) == 1 and bases[0].rpartition(".")[2] == "NamedTuple"
        if not (is_data or is_tuple) or {"__new__", "__post_init__"} & cls.methods.keys():
            return False
        if "__init__" in cls.methods and cls.methods["__init__"].node != cls.node:
            return False
        others = (item for file in self.resolution.project.files for item in file.classes if item.bases)
        return not any(cls in self.resolution.bases(item) for item in others)

    def _is_set(self, cls: Class, name: str) -> bool:
        """Whether the attribute is assigned anywhere, or given to a changed copy: by the name alone where it is not
        known what object that is."""
        for file, node in self.uses.named(name):
            holder = _set_on(node)
            classes = self.resolution.class_names(file, holder) if holder is not None and holder != node else set[str]()
            if holder is not None and (not classes or cls.id in classes):
                return True
        return False

    def _makers(self, cls: Class) -> Iterator[Call]:
        project = self.resolution.project
        for call, targets in self.resolution.targets.items():
            if call.file.is_test:
                continue
            if any(project.definition(item.path, item.offset) is cls for item in targets if item.in_project):
                yield call


def _argument(call: Call, name: str, order: list[str]) -> Node | None:
    for place, item in enumerate(call.arguments):
        if item.type != "keyword_argument" and place < len(order) and order[place] == name:
            return item
        label = item.child_by_field_name("name") if item.type == "keyword_argument" else None
        if label is not None and text_of(label) == name:
            return item.child_by_field_name("value")
    return None


def _set_on(node: Node) -> Node | None:
    """The object whose attribute of this name is assigned; the name itself where it is given to a changed copy."""
    parent = node.parent
    outer = parent.parent if parent is not None else None
    if parent is None or outer is None:
        return None
    if parent.type == "attribute" and parent.child_by_field_name("attribute") == node:
        is_target = outer.type in ("assignment", "augmented_assignment", "pattern_list", "tuple_pattern", "with_item")
        is_target = is_target and outer.child_by_field_name("right") != parent
        return parent.child_by_field_name("object") if is_target else None
    if parent.type != "keyword_argument" or parent.child_by_field_name("name") != node:
        return None
    callee = outer.parent.child_by_field_name("function") if outer.parent is not None else None
    return node if callee is not None and text_of(callee).rpartition(".")[2] in COPYING else None
