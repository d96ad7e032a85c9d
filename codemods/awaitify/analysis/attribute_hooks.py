"""Attributes of objects whose class answers by a method that may wait (`__getattr__`, `__setattr__`)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from tree_sitter import Node

from awaitify.analysis.calls import Resolution
from awaitify.analysis.values import value_classes
from awaitify.project.index import Class, File, Function, text_of

READS = ("__getattr__", "__getattribute__")
STORES = ("__setattr__", "__delattr__")
ROUNDS = 3
ANNOTATED = re.compile(rb"\b(\w+) *: *([\w.\[\]|\"' ]+)")
MADE = re.compile(rb"\b(\w+) *(?::[^=\n]*)?= *([\w.]+)\(")
BOUND = re.compile(rb"\b(\w+) *= *([\w.]+) *$", re.MULTILINE)


def find_hooked(resolution: Resolution, working: Iterable[Function]) -> dict[File, list[tuple[Node, Function]]]:
    """Where attributes are read or set by one of these functions, by file."""
    hooks = {item for item in working if item.cls is not None and item.name in READS + STORES and not item.file.is_test}
    if not hooks:
        return {}
    owners: dict[Class, set[Function]] = {}
    for file in resolution.project.files:
        for cls in file.classes:
            methods: dict[str, Function] = {}
            for base in reversed(resolution.lineage(cls)):
                methods |= base.methods
            if found := hooks & set(methods.values()):
                owners[cls] = found
    words = words_for(owners, resolution)
    files = [file for file in resolution.project.files if not file.is_test]
    return {file: list(_in_file(file, words, owners, resolution)) for file in files}


def words_for(owners: Iterable[Class], resolution: Resolution) -> set[str]:
    """The last words of what may hold an object of these classes: only those are asked for their type."""
    classes = {cls.name for cls in owners}
    words, others = {"self"}, set[tuple[str, str]]()
    for file in resolution.project.files:
        text = file.source.text
        if any(name.encode() in text for name in classes):
            found = [*ANNOTATED.findall(text), *MADE.findall(text)]
            words |= {word.decode() for word, of in found if classes & set(re.findall(r"\w+", of.decode()))}
        others |= {(left.decode(), right.decode().rpartition(".")[2]) for left, right in BOUND.findall(text)}
        others |= {(item.local, item.name) for item in file.imports if item.name and item.local != item.name}
    for _ in range(ROUNDS):
        words |= {left for left, right in others if right in words and right != "self"}
    return words


def _in_file(
    file: File, words: set[str], owners: dict[Class, set[Function]], resolution: Resolution
) -> Iterator[tuple[Node, Function]]:
    asked: list[tuple[Node, Node]] = []
    for name in file.names:
        whole = name.parent
        owner = whole.child_by_field_name("object") if whole is not None and whole.type == "attribute" else None
        if whole is None or owner is None or whole.child_by_field_name("attribute") != name:
            continue
        if owner.type == "call" or text_of(owner).rpartition(".")[2] in words:
            asked.append((name, owner))
    by_name = {cls.id: hooks for cls, hooks in owners.items()}
    answers = value_classes(resolution, file, [owner for _, owner in asked])
    for (name, _), classes in zip(asked, answers, strict=True):
        hooks = {hook for cls in classes for hook in by_name.get(cls, ())}
        for hook in sorted(hooks, key=lambda item: item.id):
            if _runs(hook, name, file, resolution):
                yield name, hook


def _runs(hook: Function, name: Node, file: File, resolution: Resolution) -> bool:
    """Whether reading or setting an attribute runs a hook: all stores do, and reads of what the class does not have."""
    whole = name.parent
    outer = whole.parent if whole is not None else None
    is_left = outer is not None and outer.type.endswith("assignment") and outer.child_by_field_name("left") == whole
    is_set = is_left or (outer is not None and outer.type == "delete_statement")
    if hook.name in STORES:
        return is_set
    if is_left and outer is not None and outer.type == "assignment":
        return False
    if hook.name == "__getattribute__":
        return True
    found = [resolution.function_of(target) for target in resolution.definition(file, name)]
    return all(item is hook for item in found)
