"""Names that are unpacked from what a function of the project returns: `engine, settings = make()`."""

from __future__ import annotations

from tree_sitter import Node

from awaitify.analysis.calls import Resolution
from awaitify.analysis.tuples import PATTERNS, TUPLES
from awaitify.analysis.values import returned, value_classes
from awaitify.project.index import File


def unpacked_classes(file: File, node: Node, resolution: Resolution) -> set[str]:
    """The classes of a name's value when it is one of several that a call gives; empty for any other name."""
    found: set[str] = set()
    for target in resolution.definition(file, node):
        home = resolution.project.by_path.get(target.path) if target.path else None
        name = home.root.descendant_for_byte_range(target.offset, target.offset + 1) if home is not None else None
        pattern = name.parent if name is not None else None
        if home is None or name is None or pattern is None or pattern.type not in PATTERNS or pattern.parent is None:
            continue
        right = pattern.parent.child_by_field_name("right")
        call = resolution.call_at(home, right) if right is not None else None
        for function in resolution.functions(call) if call is not None else ():
            for value in returned(function):
                if value.type in TUPLES and len(value.named_children) == len(pattern.named_children):
                    item = value.named_children[pattern.named_children.index(name)]
                    found |= value_classes(resolution, function.file, [item])[0]
    return found
