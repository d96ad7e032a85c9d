"""The classes that have a property: what their objects inherit, and whether anything unseen gets hold of these."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from tree_sitter import Node

from awaitify.analysis.calls import Resolution
from awaitify.analysis.mapping.model import annotations_of, assigned
from awaitify.project.index import Class, File, Function, is_within, text_of
from awaitify.resolve.model import Target

#: Bases of libraries that never look at the attributes of an object.
PLAIN_BASES = {"object", "ABC", "abc.ABC", "Generic", "typing.Generic"}
HOOKS = ("__getattr__", "__getattribute__", "__setattr__", "__dir__")
IMPORTS = ("import_from_statement", "import_statement", "aliased_import", "dotted_name")


@dataclass(eq=False)
class Owner:
    """The class of a property, with all that share an object with it."""

    cls: Class
    resolution: Resolution

    @cached_property
    def heirs(self) -> list[Class]:
        """The classes whose objects have the property, its own first."""
        every = [cls for file in self.resolution.project.files for cls in file.classes]
        return [self.cls, *(cls for cls in every if cls is not self.cls and self.cls in self.resolution.lineage(cls))]

    @cached_property
    def relatives(self) -> list[Class]:
        """The heirs and all that they derive from."""
        return list(dict.fromkeys(base for cls in self.heirs for base in self.resolution.lineage(cls)))

    def problem(self, name: str, method: Function) -> str:
        """What of the classes themselves stands against a method in the place of the property."""
        for cls in self.relatives:
            others = [item for item in cls.file.functions if item.cls is cls and item is not method]
            if any(item.name == name for item in others) or name in assigned(cls) or name in annotations_of(cls):
                return f"{cls.id} has another {name}"
            if any(item.name in HOOKS for item in others):
                return f"{cls.id} has hooks for its attributes"
            if base := next((base for base in _foreign(cls, self.resolution) if base not in PLAIN_BASES), ""):
                return f"{cls.id} derives from {base}, which may read its attributes"
        return ""

    @cached_property
    def is_private(self) -> bool:
        """Whether no code of the project gets hold of an object: nothing makes one by name, and methods never pass
        `self` on. So it is with the classes of class-based views, which FastAPI makes."""
        return not any(_is_used(cls, self.resolution) for cls in self.heirs) and not any(
            _passes_self(item) for cls in self.relatives for item in cls.methods.values()
        )


def _foreign(cls: Class, resolution: Resolution) -> Iterator[str]:
    """The bases that are no classes of the project, and a metaclass."""
    arguments = cls.node.child_by_field_name("superclasses")
    for node in arguments.named_children if arguments is not None else ():
        if node.type == "keyword_argument":
            if text_of(node).replace(" ", "") not in ("metaclass=ABCMeta", "metaclass=abc.ABCMeta"):
                yield text_of(node)
            continue
        base = (node.child_by_field_name("value") or node) if node.type == "subscript" else node
        targets = resolution.definition(cls.file, base) if base.type in ("identifier", "attribute") else ()
        found = [resolution.project.definition(item.path, item.offset) for item in targets if item.in_project]
        if node.type != "comment" and not any(isinstance(item, Class) for item in found):
            yield text_of(base)


def _is_used(cls: Class, resolution: Resolution) -> bool:
    """Whether the class stands anywhere but in definitions, bases, imports and annotations."""
    word = re.compile(rb"\b" + cls.name.encode() + rb"\b")
    files = [file for file in resolution.project.files if word.search(file.source.text)]
    for file in files:
        nodes = [node for node in file.named(cls.name) if not _only_names(node)]
        found = [targets for targets in resolution.definitions(file, nodes) if _may_be(cls, targets, resolution)]
        if found or _in_string(file, cls.name):
            return True
    return False


def _may_be(cls: Class, targets: tuple[Target, ...], resolution: Resolution) -> bool:
    """Whether a name means the class, or nobody knows what."""
    known = (resolution.project.definition(item.path, item.offset) for item in targets)
    return not targets or any(item is cls for item in known)


def _only_names(node: Node) -> bool:
    outer, inner = node.parent, node
    while outer is not None and outer.type in ("attribute", "subscript", "type", "generic_type", "type_parameter"):
        if outer.type == "type":
            return True
        if outer.type == "attribute" and outer.child_by_field_name("object") == inner:
            return False  # an attribute of the class
        inner, outer = outer, outer.parent
    if outer is None or outer.type in IMPORTS:
        return True
    if outer.type == "class_definition":
        return outer.child_by_field_name("name") == inner
    return outer.type == "argument_list" and outer.parent is not None and outer.parent.type == "class_definition"


def _in_string(file: File, name: str) -> bool:
    return re.search(rb"[\"'](?:[\w.]*[.:])?" + name.encode() + rb"[\"']", file.source.text) is not None


def _passes_self(method: Function) -> bool:
    """Whether a method uses its object other than by an attribute."""
    first = method.params[0] if method.params else None
    if first is None:
        return False
    if text_of(first.node) == "cls" or any("staticmethod" in text_of(item) for item in method.decorators):
        return False
    body = method.node.child_by_field_name("body")
    names = [node for node in method.file.names if body is not None and is_within(node, body)]
    spots = [node for node in names if text_of(node) == first.name]
    return any(
        node.parent is None or node.parent.type != "attribute" or node.parent.child_by_field_name("object") != node
        for node in spots
    )
