"""Attributes whose reading or setting runs something that no decorator shows: `total = property(_total)` in the body of
a class, or an object of a class with `__get__` or `__set__`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tree_sitter import Node

from awaitify.analysis.calls import Resolution
from awaitify.project.index import Class, File, Function, text_of

HOOKS = ("__get__", "__set__", "__delete__")
#: (path of the file, offset of the attribute's name in the class) -> what it runs.
Described = dict[tuple[str, int], set[Function]]


def find_described(resolution: Resolution, working: Iterable[Function]) -> dict[File, list[tuple[Node, Function]]]:
    """Where an attribute that runs one of these functions is read or set, by file."""
    wanted = set(working)
    described, names = Described(), set[str]()
    for file in resolution.project.files:
        for cls in file.classes if not file.is_test else ():
            for name, functions in attributes(cls, resolution):
                if found := wanted & set(functions):
                    described[str(file.path), name.start_byte] = found
                    names.add(text_of(name))
    files = [file for file in resolution.project.files if not file.is_test] if described else []
    return {file: list(_in_file(file, names, described, resolution)) for file in files}


def attributes(cls: Class, resolution: Resolution) -> Iterator[tuple[Node, list[Function]]]:
    """(the name of an attribute in the body of a class, what reading or setting it runs)."""
    body = cls.node.child_by_field_name("body")
    for statement in body.named_children if body is not None else ():
        inner = statement.named_children[0] if statement.named_children else statement
        name, value = inner.child_by_field_name("left"), inner.child_by_field_name("right")
        callee = value.child_by_field_name("function") if value is not None and value.type == "call" else None
        if name is None or value is None or callee is None or name.type != "identifier":
            continue
        if text_of(callee) == "property":
            yield name, list(_accessors(cls.file, value, resolution))
        elif (owner := resolution.class_meant(cls.file, callee)) is not None:
            lineage = resolution.lineage(owner)
            yield name, [base.methods[hook] for base in lineage for hook in HOOKS if hook in base.methods]


def _accessors(file: File, call: Node, resolution: Resolution) -> Iterator[Function]:
    arguments = call.child_by_field_name("arguments")
    given = [item.child_by_field_name("value") or item for item in arguments.named_children] if arguments else []
    names = [item for item in given if item.type in ("identifier", "attribute")]
    for targets in resolution.definitions(file, names):
        yield from (item for target in targets if (item := resolution.function_of(target)) is not None)


def _in_file(
    file: File, names: set[str], described: Described, resolution: Resolution
) -> Iterator[tuple[Node, Function]]:
    nodes = [node for node in file.named(*names) if node.parent is not None and node.parent.type == "attribute"]
    nodes = [node for node in nodes if node.parent and node.parent.child_by_field_name("attribute") == node]
    for node, targets in zip(nodes, resolution.definitions(file, nodes), strict=True):
        run = {item for target in targets for item in described.get((str(target.path), target.offset), ())}
        yield from ((node, item) for item in sorted(run, key=lambda item: item.id))
