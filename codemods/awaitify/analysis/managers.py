"""Units of work: classes of the project that `with` enters, and that open, commit or roll back a session.

`__enter__` and `__exit__` become `__aenter__` and `__aexit__` where every `with` over such an object becomes
`async with`: all classes that are related by inheritance move together, or none."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tree_sitter import Node

from awaitify.analysis.rolled_back import is_caught, passes_on
from awaitify.project.index import Class, File, Function, ancestors, is_imported, text_of

if TYPE_CHECKING:
    from awaitify.analysis.effects import Effects

ENTERED = {"__enter__": "__aenter__", "__exit__": "__aexit__"}
EXPLICIT = re.compile(rb"enter_context\(|ExitStack|(?<!super\(\))\.__(?:enter|exit)__\b")


@dataclass(eq=False, slots=True)
class Manager:
    """classes: related by inheritance; methods: their `__enter__` and `__exit__`; places: the `with` statements that
    enter them, each with the function in which it stands."""

    classes: list[Class]
    methods: list[Function]
    places: list[tuple[Node, Function]] = field(default_factory=list)

    @property
    def users(self) -> list[Function]:
        """The functions that enter it."""
        return list(dict.fromkeys(function for _, function in self.places))


def find_managers(effects: Effects) -> list[Manager]:
    """Those of which every use is known; in the tests there may be heirs that are entered in the same way."""
    files = effects.resolution.project.files
    unknown = any(item.is_unknown for items in effects.implicit.values() for item in items)
    if unknown or any(EXPLICIT.search(file.source.text) for file in files):
        return []
    managers = [_manager(classes) for classes in _related(effects)]
    by_method = {method: manager for manager in managers for method in manager.methods}
    for function, items in effects.implicit.items():
        for item in items:
            entered = {id(by_method[callee]): by_method[callee] for callee in item.callees if callee in by_method}
            for manager in entered.values():
                manager.places.append((item.node, function))
    tests = [file for file in files if file.is_test]
    found = [manager for manager in managers if manager.places and _is_plain(manager, tests)]
    return [manager for manager in found if _ends(manager, effects)]


def _manager(classes: list[Class]) -> Manager:
    methods = [cls.methods[name] for cls in classes for name in ENTERED if name in cls.methods]
    return Manager(classes, methods)


def _related(effects: Effects) -> list[list[Class]]:
    """Classes of the project that can be entered, with all that inheritance links to them."""
    resolution = effects.resolution
    links: dict[Class, set[Class]] = defaultdict(set)
    for file in resolution.project.files:
        for cls in file.classes:
            for base in resolution.bases(cls):
                links[cls].add(base)
                links[base].add(cls)
    found, seen = [], set[Class]()
    for file in resolution.project.files:
        for cls in file.classes:
            if cls in seen or not ENTERED.keys() & cls.methods.keys():
                continue
            group, todo = list[Class](), [cls]
            while todo:
                current = todo.pop()
                if current not in group:
                    group.append(current)
                    todo += links[current]
            seen.update(group)
            found.append(group)
    return found


def _is_plain(manager: Manager, tests: list[File]) -> bool:
    own = [cls.name for cls in manager.classes if not cls.file.is_test]
    if any(method.file.is_test for method in manager.methods):
        return False
    quoted = re.compile(rb"[\"'][^\"'\n]*\b(?:" + "|".join(map(re.escape, own)).encode() + rb")\b")
    named = [node for file in tests for node in file.named(*own)]
    if any(quoted.search(file.source.text) for file in tests) or not all(map(_is_only_type, named)):
        return False  # what is made there works with sync sessions
    if any(method.is_async or method.is_generator for method in manager.methods):
        return False
    return all(_stands_alone(node) for node, _ in manager.places)


def _is_only_type(node: Node) -> bool:
    """Whether a name of a class stands in an import, in an annotation, or among the bases of a class."""
    above = [item.type for item in ancestors(node)]
    outer = node.parent.parent if node.parent is not None else None
    is_base = node.parent is not None and node.parent.type == "argument_list" and outer is not None
    return is_imported(node) or "type" in above or (is_base and outer is not None and outer.type == "class_definition")


def _ends(manager: Manager, effects: Effects) -> bool:
    """Whether what rolls back closes the session as well, or nothing goes on then: objects that a rollback expired
    would be loaded again when they are read after the `with`, which an async session does not do."""
    if not any("rollback" in text_of(method.node) for method in manager.methods):
        return True
    classes = [cls for cls in manager.classes if not cls.file.is_test]
    above = {base for cls in classes for base in effects.resolution.lineage(cls)[1:]}
    exits = [
        next((item.methods["__exit__"] for item in effects.resolution.lineage(cls) if "__exit__" in item.methods), None)
        for cls in classes
        if cls not in above
    ]
    if all(method is not None and _closes(method, effects) for method in exits):
        return True
    is_passed = all(method is not None and passes_on(method, effects) for method in exits)
    return is_passed and not any(is_caught(node, function, effects) for node, function in manager.places)


def _closes(method: Function, effects: Effects) -> bool:
    """Whether a method closes a session itself."""
    return any(item.kind == "session" and item.detail.rpartition(".")[2] == "close" for item in effects.of(method))


def _stands_alone(item: Node) -> bool:
    """Whether an item is the only one of its `with`."""
    statement = next(node for node in ancestors(item) if node.type == "with_statement")
    clause = next((node for node in statement.named_children if node.type == "with_clause"), statement)
    return len([node for node in clause.named_children if node.type == "with_item"]) == 1


def made_before_entering(managers: Iterable[Manager], moving: Collection[Function]) -> set[Function]:
    """The constructors of units of work that move: what they are given is for async sessions then."""
    classes = [cls for manager in managers if moving and set(manager.methods) <= set(moving) for cls in manager.classes]
    return {cls.methods["__init__"] for cls in classes if "__init__" in cls.methods}


def closes_on_exit(function: Function, attribute: str, effects: Effects) -> bool:
    """Whether the `__exit__` beside an `__enter__` closes what that keeps in an attribute."""
    manager = next((item for item in effects.managers if function in item.methods), None)
    if manager is None or function.name != "__enter__" or function.cls is None:
        return False
    exits = [cls.methods.get("__exit__") for cls in effects.resolution.lineage(function.cls)]
    own = next((method for method in exits if method is not None), None)
    return own is not None and f"{attribute}.close()" in text_of(own.node)
