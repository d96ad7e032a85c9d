"""Methods that belong together: a method and what overrides it, through the project's class hierarchies."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable

from awaitify.analysis.calls import Resolution
from awaitify.analysis.fact_finding import bind
from awaitify.project.index import Class, Function, text_of


def method_families(resolution: Resolution) -> list[list[Function]]:
    """Groups of at least two methods of one name of which one may stand where another is called: an override, what an
    heir of both classes gives first, what has the shape of a protocol. Siblings whose common base has no such method
    belong together only where a receiver may be either of them although no type says so."""
    home: dict[Function, list[Function]] = {}
    for cls in [cls for file in resolution.project.files for cls in file.classes]:
        _join_all([resolution.lineage(cls)], home, lambda method: True)
    is_loose = _loose(resolution)
    _join_all(_components(resolution), home, is_loose)
    for method, others in resolution.overrides.items():
        _join([method, *others], home)
    kept = {id(family): family for family in home.values() if len(family) > 1}
    return list(kept.values())


def _join_all(
    groups: list[list[Class]], home: dict[Function, list[Function]], is_meant: Callable[[Function], bool]
) -> None:
    """Joins the methods of one name in each group of classes, where one of them is meant."""
    for classes in groups:
        by_name: dict[str, list[Function]] = defaultdict(list)
        for cls in classes:
            for name, method in cls.methods.items():
                if not (name.startswith("__") and name.endswith("__")):
                    by_name[name].append(method)
        for methods in by_name.values():
            if len(methods) > 1 and any(is_meant(method) for method in methods):
                _join(methods, home)


def _join(methods: list[Function], home: dict[Function, list[Function]]) -> None:
    family = home.setdefault(methods[0], [methods[0]])
    for method in methods[1:]:
        theirs = home.setdefault(method, [method])
        if theirs is not family:
            family += theirs
            home.update(dict.fromkeys(theirs, family))


def _loose(resolution: Resolution) -> Callable[[Function], bool]:
    """Whether an object of a method's class may be called where no type says so: a class in the tests, which stands in
    for another; one that a virtual fact names, since what does not resolve may hand over its siblings; one for which a
    parameter gets what it is not; a method whose name is called on what nobody knows."""
    facts = resolution.facts
    texts = [*facts.params.values(), *facts.results.values(), *facts.kept.values.values()]
    named = {name for text in texts for name in re.findall(r"[\w.]+", text)} | _mistaken(resolution)
    unknown = {
        (call.callee.child_by_field_name("attribute") or call.callee).text
        for call, targets in resolution.targets.items()
        if not targets and call.callee.type == "attribute"
    }
    facing = {
        base for name in named if (cls := resolution.project.classes.get(name)) for base in resolution.lineage(cls)
    }

    def is_loose(method: Function) -> bool:
        return method.file.is_test or method.cls in facing or method.name.encode() in unknown

    return is_loose


def _mistaken(resolution: Resolution) -> set[str]:
    """The classes of parameters that get an object of another class of the project: annotations that say too much."""
    classes = resolution.project.classes
    words = {cls.name for cls in classes.values() if resolution.bases(cls)}
    found = set[str]()
    for call in resolution.targets:
        for function in resolution.functions(call):
            for name, value in bind(function, call):
                param = function.param(name)
                annotation = text_of(param.annotation) if param is not None and param.annotation is not None else ""
                if param is None or words.isdisjoint(re.findall(r"\w+", annotation)):
                    continue
                declared = resolution.class_names(function.file, param.node)
                given = [cls for item in resolution.class_names(call.file, value) if (cls := classes.get(item))]
                if any(declared.isdisjoint(base.id for base in resolution.lineage(cls)) for cls in given):
                    found |= declared
    return found


def _components(resolution: Resolution) -> list[list[Class]]:
    """Connected components of the inheritance graph."""
    parent: dict[Class, Class] = {}

    def find(cls: Class) -> Class:
        while parent.get(cls, cls) is not cls:
            cls = parent[cls]
        return cls

    for file in resolution.project.files:
        for cls in file.classes:
            for base in resolution.bases(cls):
                parent[find(cls)] = find(base)
    groups: dict[Class, list[Class]] = defaultdict(list)
    for file in resolution.project.files:
        for cls in file.classes:
            groups[find(cls)].append(cls)
    return [group for group in groups.values() if len(group) > 1]
