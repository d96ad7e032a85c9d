"""Which functions and classes are async copies of others, as earlier steps leave them: by name, place and shape."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from awaitify.analysis.naming import async_name
from awaitify.project.index import Class, Function, Project, text_of


def class_pairs(project: Project) -> dict[Class, Class]:
    """Classes with one of an async copy's name right after them, which has no other methods, and an async session or
    an object of such a copy, or is what such copies derive from or have the shape of."""
    found, held = dict[Class, Class](), dict[Class, Class]()
    for file in project.files:
        tops = [cls for cls in file.classes if cls.outer.parent is not None and cls.outer.parent.type == "module"]
        for one, copy in pairwise(tops) if not file.is_test else ():
            is_named = copy.name == async_name(one.name) and "__call__" not in copy.methods
            if is_named and not _is_told(project, copy.name):
                found |= {one: copy} if len(list(method_pairs(one, copy))) == len(copy.methods) else {}
    while True:  # those that hold one, and those that hold those
        names = ["AsyncSession", "get_async_", *(copy.name for copy in held.values())]
        copies = list(held.values())
        more = {
            one: copy
            for one, copy in found.items()
            if any(name in _inside(copy) for name in names) or _is_port(copy, copies)
        }
        if more == held:
            return held
        held = more


def _is_port(cls: Class, copies: list[Class]) -> bool:
    """Whether a class stands for one of these copies: they derive from it, or it is a protocol that they fulfil."""
    words = {base for copy in copies for node in copy.bases for base in re.findall(r"\w+", text_of(node))}
    is_protocol = any("Protocol" in text_of(node) for node in cls.bases)
    return cls.name in words or (is_protocol and any(cls.methods.keys() <= copy.methods.keys() for copy in copies))


def _inside(cls: Class) -> str:
    return text_of(cls.node).removeprefix(f"class {cls.name}")


def callable_pairs(project: Project) -> dict[Class, Class]:
    """Classes whose objects are dependencies, with the one right after them whose `__call__` is async."""
    found = {}
    for file in project.files:
        tops = [cls for cls in file.classes if cls.outer.parent is not None and cls.outer.parent.type == "module"]
        for one, copy in pairwise(tops) if not file.is_test else ():
            is_named = copy.name == async_name(one.name) and not _is_told(project, copy.name)
            called, own = copy.methods.get("__call__"), one.methods.get("__call__")
            is_colour = called is not None and called.is_async and own is not None and not own.is_generator
            same = one.methods.keys() == copy.methods.keys()
            if is_named and same and is_colour and len(list(method_pairs(one, copy))) == len(copy.methods):
                found[one] = copy
    return found


def method_pairs(one: Class, copy: Class) -> Iterator[tuple[Function, Function]]:
    for name, method in copy.methods.items():
        original = one.methods.get(name)
        if original is not None and _params(original) == _params(method) and not original.is_async:
            yield original, method


def function_pairs(project: Project) -> Iterator[tuple[Function, Function]]:
    """Sync functions with an async one of a twin's name right after them."""
    for file in project.files:
        outer = [function for function in file.functions if function.parent is None]
        for one, copy in pairwise(outer) if not file.is_test else ():
            is_named = copy.name in (f"{one.name}_async", f"a{one.name}")
            beside = one.cls is copy.cls
            is_colour = copy.is_async and not one.is_async and not one.is_generator and not copy.is_generator
            same = [param.name for param in one.params] == [param.name for param in copy.params]
            if is_named and beside and is_colour and same and not _is_told(project, copy.name):
                yield one, copy


def factory_pairs(project: Project) -> Iterator[tuple[Function, Function]]:
    """What sync factories make, with the async form that the factory right after them makes."""
    for file in project.files:
        outer = [function for function in file.functions if function.parent is None and function.cls is None]
        for one, copy in pairwise(outer) if not file.is_test else ():
            is_named = copy.name in (f"{one.name}_async", f"a{one.name}")
            if is_named and not one.is_async and not copy.is_async and not _is_told(project, copy.name):
                inner = [item for item in file.functions if item.parent in (one, copy)]
                if len(inner) == 2 and _is_pair(*inner) and _params(one) == _params(copy):
                    yield inner[0], inner[1]


def _is_pair(one: Function, copy: Function) -> bool:
    is_colour = copy.is_async and not one.is_async and not one.is_generator and not copy.is_generator
    return is_colour and one.name == copy.name and one.parent is not copy.parent and _params(one) == _params(copy)


def _params(function: Function) -> list[str]:
    return [param.name for param in function.params]


def _is_told(project: Project, name: str) -> bool:
    """Whether a string names it (`__all__`, a patch)."""
    quoted = re.compile(rf"[\w.]*\b{re.escape(name)}[\"']".encode())
    return any(quoted.search(file.source.text) for file in project.files)
