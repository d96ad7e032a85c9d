"""Patterns of dotted names: finding the most specific one for a name."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import Generic, Protocol, TypeVar


class HasCalls(Protocol):
    """Something that dotted names are matched with."""

    @property
    def calls(self) -> tuple[str, ...]:
        """The patterns."""
        ...


Item = TypeVar("Item", bound=HasCalls)


class PatternTable(Generic[Item]):
    """Finds the item for a name. Items that come later win over equally specific patterns of earlier ones."""

    def __init__(self, items: Iterable[Item]) -> None:
        self._exact: dict[str, Item] = {}
        self._patterns: dict[str, list[tuple[int, str, Item]]] = {}
        for item in items:
            for call in item.calls:
                if "*" not in call:
                    self._exact[call] = item
                    continue
                entry = (len(call.replace("*", "").replace(".", "")), call, item)
                self._patterns.setdefault(call.partition(".")[0], []).insert(0, entry)
        for entries in self._patterns.values():
            entries.sort(key=lambda entry: -entry[0])  # stable: the later file stays first among equals

    def find(self, name: str) -> tuple[Item, bool] | None:
        """The item for this name and whether it names it exactly. A constructor is found under its class too."""
        owner = constructed_class(name)
        exact = self._exact.get(name) or (self._exact.get(owner) if owner else None)
        if exact:
            return exact, True
        for _, pattern, item in self._patterns.get(name.partition(".")[0], ()):
            expression = _expression(pattern)
            if expression.fullmatch(name) or (owner and expression.fullmatch(owner)):
                return item, False
        return None


def constructed_class(name: str) -> str:
    """`pkg.Class` for `pkg.Class.__init__`, `__new__` and `__post_init__`; empty for other names."""
    owner, _, last = name.rpartition(".")
    return owner if last in ("__init__", "__new__", "__post_init__") else ""


@cache
def _expression(pattern: str) -> re.Pattern[str]:
    """A final `.*` stands for the name before it and all below; a `*` segment for any number of segments; a `*` inside
    a segment for any characters of it."""
    head, _, last = pattern.rpartition(".")
    tail = r"(\..*)?" if last == "*" else ""
    text = ""
    for segment in (head if tail else pattern).split("."):
        text += r"([^.]+\.)*" if segment == "*" else re.escape(segment).replace(r"\*", "[^.]*") + r"\."
    return re.compile(text.removesuffix(r"\.") + tail)
