"""Dependencies behind annotations that say nothing of their value: `Annotated[Any, Depends(get_client)]`."""

from __future__ import annotations

import re

from tree_sitter import Node

from awaitify.project.index import Call, File, Project, ancestors, text_of

DEPENDS = ("Depends", "Security")
#: (file, name) of an alias -> the call of `Depends` in it.
Aliases = dict[tuple[File, str], Call]
OBJECT = re.compile(r"object(?: \| None)?|None \| object|(?:typing\.)?Optional\[object\]")


def is_any(annotation: Node) -> bool:
    """Whether an annotation is `Any`, by whatever name its module has, or says no more than that: `object | None`."""
    return text_of(annotation).rpartition(".")[2] == "Any" or is_object(annotation)


def is_object(annotation: Node) -> bool:
    """Whether an annotation is `object`, or that and None: what is called on such a value is known by its own class."""
    return bool(OBJECT.fullmatch(text_of(annotation)))


def is_depends(call: Call) -> bool:
    """Whether a call is `Depends(...)`."""
    return text_of(call.callee).rpartition(".")[2] in DEPENDS


def untyped_aliases(project: Project) -> Aliases:
    """The names of modules for such annotations: `Client = Annotated[Any, Depends(get_client)]`."""
    found: Aliases = {}
    for file in project.files:
        for call in file.calls if b"Annotated" in file.source.text else ():
            around = next((node for node in ancestors(call.node) if node.type == "assignment"), None)
            left = around.child_by_field_name("left") if around is not None and call.function is None else None
            right = around.child_by_field_name("right") if around is not None else None
            if left is not None and right is not None and untyped_dependency(file, right) is call:
                found[file, text_of(left)] = call
    return found


def untyped_dependency(file: File, node: Node) -> Call | None:
    """The call of `Depends` in an expression `Annotated[Any, Depends(f)]`, as an annotation or a value."""
    base, *rest = node.named_children or [node]
    parts = [part for item in rest for part in (item.named_children if item.type == "type_parameter" else [item])]
    if text_of(base).rpartition(".")[2] != "Annotated" or len(parts) < 2 or not is_any(parts[0]):
        return None
    start, end = parts[1].start_byte, node.end_byte
    return next((call for call in file.calls if start <= call.node.start_byte < end and is_depends(call)), None)
