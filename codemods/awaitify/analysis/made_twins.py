"""Which dependencies that a factory makes can have an async twin: in a copy of the factory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from awaitify.project.index import Function, text_of

if TYPE_CHECKING:
    from awaitify.analysis.calls import Resolution
    from awaitify.analysis.entries.model import Entries


def has_plain_factory(function: Function, entries: Entries) -> bool:
    """Whether a function is the one thing that a factory of dependencies makes, and nothing else stands in its way: the
    factory is a plain function of a module that changes nothing outside, and no router or app depends on what it
    makes."""
    factory = function.parent
    if factory is None or factory.parent is not None or factory.cls is not None or factory.file.is_test:
        return False
    inner = [item for item in factory.file.functions if item.parent is factory]
    body = factory.node.child_by_field_name("body")
    words = text_of(body).split() if body is not None else []
    is_one = inner == [function] and function in entries.made and function not in entries.shared
    return is_one and not {"global", "nonlocal"}.intersection(words) and not function.is_generator


def called_by_code(function: Function, resolution: Resolution) -> bool:
    """Whether more than tests call what a factory makes by hand."""
    return any(not call.file.is_test for call in resolution.callers.get(function, ()))


def original_of(function: Function) -> Function:
    """What an async twin of a function is a copy of: the function, or the factory that makes it."""
    return function.parent or function
