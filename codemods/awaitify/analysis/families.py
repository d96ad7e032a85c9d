"""Methods that belong together: a method and what overrides it, through the project's class hierarchies."""

from __future__ import annotations

from collections import defaultdict

from awaitify.analysis.calls import Resolution
from awaitify.project.index import Class, Function


def method_families(resolution: Resolution) -> list[list[Function]]:
    """Groups of at least two methods of one name whose classes are related: by inheritance, or as a protocol and what
    has its shape."""
    relatives = _components(resolution)
    families = []
    for classes in relatives:
        by_name: dict[str, list[Function]] = defaultdict(list)
        for cls in classes:
            for name, method in cls.methods.items():
                if not (name.startswith("__") and name.endswith("__")):
                    by_name[name].append(method)
        families += [methods for methods in by_name.values() if len(methods) > 1]
    return _with_shapes(families, resolution)


def _with_shapes(families: list[list[Function]], resolution: Resolution) -> list[list[Function]]:
    """The families, joined where a method stands for those of classes that only have the shape of its own."""
    home = {method: family for family in families for method in family}
    for method, others in resolution.overrides.items():
        family = home.setdefault(method, [method])
        for other in others:
            theirs = home.setdefault(other, [other])
            if theirs is not family:
                family += theirs
                home.update(dict.fromkeys(theirs, family))
    kept = {id(family): family for family in home.values()}
    return list(kept.values())


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
