"""Looks through a tree without rebuilding it, which a visitor of LibCST does: that is several times slower."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from functools import cache

import libcst as cst


def descend(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """A node and all below it, in no order; white space and comments are left out."""
    todo = [node]
    while todo:
        current = todo.pop()
        yield current
        todo += parts(current)


def parts(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """The nodes right below one; white space and comments are left out."""
    for name in _holding(type(node)):
        value = getattr(node, name)
        if isinstance(value, (list, tuple)):
            yield from value
        elif isinstance(value, cst.CSTNode):
            yield value


@cache
def _holding(kind: type[cst.CSTNode]) -> tuple[str, ...]:
    """The fields that may hold nodes with a meaning."""
    names = [item.name for item in fields(kind)]  # type: ignore[arg-type]  # every node is a dataclass
    blank = ("whitespace", "lines", "header", "footer", "indent", "newline", "lpar", "rpar", "comma")
    return tuple(name for name in names if not any(word in name for word in blank))
