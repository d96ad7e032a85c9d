"""What tests hand to the app themselves: fakes in the place of its objects, as in `UserService(FakeUsers())`."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node, Query, QueryCursor

from awaitify.analysis.calls import Resolution
from awaitify.analysis.fact_finding import bind
from awaitify.project.index import LANGUAGE, Call, Class, File, Function, Param, owner_of, text_of

Given = tuple[File, Function | None, Node, Function, Param]
ASSIGNED = Query(LANGUAGE, "(assignment left: (attribute) @left)")
KEPT = re.compile(r"\bself\.(\w+)(?:: [^=\n]+)? = (\w+)$", re.MULTILINE)
LITERALS = ("string", "concatenated_string", "integer", "float", "true", "false", "none", "list", "dictionary", "tuple")


@dataclass(frozen=True, slots=True)
class Handed:
    """A value that a test gives to the app. user: the function of the test; taker: the function of the app that takes
    it; classes: those of the app that it asks for."""

    file: File
    user: Function | None
    value: Node
    taker: Function
    classes: tuple[Class, ...]


def handed_objects(resolution: Resolution) -> Iterator[Handed]:
    """All that tests give where the app asks for an object of one of its classes."""
    given = [*_passed(resolution), *_assigned(resolution)]
    nodes = defaultdict[File, list[Node]](list)
    for _, _, _, taker, param in given:
        nodes[taker.file].append(param.node)
    for home, asked in nodes.items():
        resolution.classes(home, asked)  # all of a file in one go
    for file, user, value, taker, param in given:
        classes = [cls for cls in classes_of(resolution, taker.file, param.node) if not cls.file.is_test]
        if classes:
            yield Handed(file, user, value, taker, tuple(classes))


def followers(resolution: Resolution) -> dict[Function, set[Function]]:
    """The methods of what tests hand over in the place of an object without any kinship, each with those of the object
    that it stands for: it may follow them, and is given an async face where it does not."""
    found = defaultdict[Function, set[Function]](set)
    for handed in handed_objects(resolution):
        for fake in fake_classes(resolution, handed):
            own = {item.name: item for item in reversed(resolution.members(fake))}
            for method in (item for cls in handed.classes for item in resolution.members(cls)):
                if method.name in own and not method.name.startswith("__"):
                    found[own[method.name]].add(method)
    return found


def fake_classes(resolution: Resolution, handed: Handed) -> list[Class]:
    """The classes of the tests whose object it may be."""
    return [cls for cls in classes_of(resolution, handed.file, handed.value) if cls.file.is_test]


def classes_of(resolution: Resolution, file: File, node: Node) -> list[Class]:
    """The project's classes of the value of an expression."""
    names = sorted(name.partition("[")[0] for name in resolution.class_names(file, node))
    return [cls for name in names if (cls := resolution.project.classes.get(name)) is not None]


def _passed(resolution: Resolution) -> Iterator[Given]:
    """What tests pass to functions and constructors of the app."""
    for call in resolution.targets:
        for callee in resolution.functions(call) if call.file.is_test else ():
            for name, value in bind(callee, call) if not callee.file.is_test else ():
                param = callee.param(name)
                if param is not None and value.type not in LITERALS:
                    yield call.file, call.function, value, callee, param


def _assigned(resolution: Resolution) -> Iterator[Given]:
    """What tests put in the place of what a constructor of the app kept: `service.users = FakeUsers()`."""
    kept = _kept(resolution)
    for file in resolution.project.files if kept else ():
        for node in QueryCursor(ASSIGNED).captures(file.root).get("left", []) if file.is_test else ():
            name, holder = node.child_by_field_name("attribute"), node.child_by_field_name("object")
            value = node.parent.child_by_field_name("right") if node.parent is not None else None
            if name is not None and holder is not None and value is not None and value.type not in LITERALS:
                for init, param in _keepers(resolution, file, holder, kept.get(text_of(name), [])):
                    yield file, owner_of(file, node), value, init, param


def patched_objects(resolution: Resolution) -> Iterator[tuple[Call, list[tuple[Function, Class]]]]:
    """The calls by which tests put a mock in such a place: `patch.object(service, "users")`, each with the constructor
    and the class that is asked for."""
    kept = _kept(resolution)
    for file in resolution.project.files if kept else ():
        for call in file.calls if file.is_test else ():
            plain = [item for item in call.arguments if item.type != "keyword_argument"]
            if text_of(call.callee).endswith("patch.object") and len(plain) == 2 == len(call.arguments):
                keepers = _keepers(resolution, file, plain[0], kept.get(text_of(plain[1]).strip("\"'"), []))
                asked = [(init, cls) for init, item in keepers for cls in classes_of(resolution, init.file, item.node)]
                if asked:
                    yield call, asked


def _keepers(
    resolution: Resolution, file: File, holder: Node, kept: list[tuple[Function, Param]]
) -> list[tuple[Function, Param]]:
    """Those of the constructors that make the object of an expression."""
    lineage = [base for cls in classes_of(resolution, file, holder) if kept for base in resolution.lineage(cls)]
    return [(init, param) for init, param in kept if init.cls in lineage]


def _kept(resolution: Resolution) -> dict[str, list[tuple[Function, Param]]]:
    """The parameters that constructors of the app keep as they are, by the attribute."""
    found = defaultdict[str, list[tuple[Function, Param]]](list)
    for file in resolution.project.files:
        for cls in file.classes if not file.is_test else ():
            init = cls.methods.get("__init__")
            for name, value in KEPT.findall(text_of(init.node)) if init is not None else ():
                param = init.param(value) if init is not None else None
                if init is not None and param is not None:
                    found[name].append((init, param))
    return found
