"""What of a library's class runs without a call expression: its operators, properties and hook for attributes."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from awaitify.analysis.knowledge.finder import ModuleFinder
from awaitify.analysis.knowledge.modules import Module
from awaitify.project.index import ancestors, text_of

HOOK = "__getattr__"
READS = ("property", "cached_property")
OWN_NAME = re.compile(r"\bself\.(\w+)|^ {4}(?:def |async def )?(\w+)", re.MULTILINE)


@dataclass(slots=True)
class Members:
    """silent: the functions that run without a call, by name -> (full dotted name, file); own: the names that objects
    have without the hook."""

    silent: dict[str, tuple[str, Path]] = field(default_factory=dict)
    own: set[str] = field(default_factory=set)


def members_of(finder: ModuleFinder, path: Path, name: str, methods: Collection[str]) -> Members:
    """Those of a class in this file, and of its bases as far as their source is there. methods: the names of
    operators."""
    found, seen = Members(), set[tuple[str, str]]()
    first = finder.of_file(path.resolve())
    todo = [(first, name)] if first is not None else []
    while todo:
        module, owner = todo.pop(0)
        cls = module.classes.get(owner)
        if cls is None or (module.dotted, owner) in seen:
            continue
        seen.add((module.dotted, owner))
        for method, node in cls.methods.items():
            function = module.function(f"{owner}.{method}")
            marks = function.decorators if function is not None else ()
            if method in methods or method == HOOK or any(mark.rpartition(".")[2] in READS for mark in marks):
                found.silent.setdefault(method, (f"{module.dotted}.{owner}.{method}", module.path))
            body = next((text_of(item) for item in ancestors(node) if item.type == "class_definition"), "")
            found.own |= {word for pair in OWN_NAME.findall(body) for word in pair if word}
        todo += [place for base in cls.bases for place in _places(finder, module, base)]
    return found


def _places(finder: ModuleFinder, module: Module, base: str) -> Iterator[tuple[Module, str]]:
    """Where a base stands: in the same module, or where that imports it from."""
    if base in module.classes:
        yield module, base
        return
    head, _, rest = base.partition(".")
    target = module.imports.get(head, "")
    owner, _, last = (f"{target}.{rest}" if rest else target).rpartition(".")
    home = finder.named(owner) if owner else None
    if home is not None:
        yield home, last
