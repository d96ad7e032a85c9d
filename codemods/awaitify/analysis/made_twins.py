"""Which dependencies that a factory makes can have an async twin: in a copy of the factory, a function or a class."""

from __future__ import annotations

from typing import TYPE_CHECKING

from awaitify.analysis.doubles import is_shared
from awaitify.analysis.kept_state import keeps_state, shares_locals
from awaitify.project.index import Class, Function, text_of

if TYPE_CHECKING:
    from awaitify.analysis.calls import Resolution
    from awaitify.analysis.effects import Effects
    from awaitify.analysis.entries.model import Entries


def has_plain_factory(function: Function, entries: Entries) -> bool:
    """Whether a function is the one thing that a factory of dependencies makes, and nothing else stands in its way: the
    factory is a plain function of a module that changes nothing outside and keeps nothing, and no router or app depends
    on what it makes."""
    factory = function.parent
    if factory is None or factory.parent is not None or factory.cls is not None or factory.file.is_test:
        return False
    inner = [item for item in factory.file.functions if item.parent is factory]
    body = factory.node.child_by_field_name("body")
    words = text_of(body).split() if body is not None else []
    is_one = inner == [function] and function in entries.made and function not in entries.shared
    changes = {"global", "nonlocal"}.intersection(words) or (is_one and shares_locals(factory, function))
    return is_one and not changes and not function.is_generator


def has_plain_class(function: Function, entries: Entries, effects: Effects) -> bool:
    """Whether a function is the `__call__` of a class that can be copied: one of a module, without bases and heirs,
    that shares nothing among its objects and changes nothing in them, and no router or app depends on those."""
    cls = function.cls
    if cls is None or function.name != "__call__" or function not in entries.made - entries.shared:
        return False
    parent, classes = cls.outer.parent, effects.resolution.project.classes.values()
    is_top = parent is not None and parent.type == "module" and not cls.file.is_test
    alone = not cls.bases and not any(cls in effects.resolution.bases(item) for item in classes)
    makers = [site.maker for site in entries.sites if function in site.made and site.maker is not None]
    return is_top and alone and not is_shared(cls) and "__new__" not in cls.methods and not keeps_state(cls, makers)


def called_by_code(function: Function, resolution: Resolution) -> bool:
    """Whether more than tests call what a factory makes by hand."""
    return any(not call.file.is_test for call in resolution.callers.get(function, ()))


def maker_of(function: Function) -> Function | Class | None:
    """The factory that a dependency stands in, or the class whose objects are the dependency."""
    return function.parent or (function.cls if function.name == "__call__" else None)


def original_of(function: Function) -> Function | Class:
    """What an async twin of a function is a copy of: the function, or the factory that makes it."""
    return maker_of(function) or function
