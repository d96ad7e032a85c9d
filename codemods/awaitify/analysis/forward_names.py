"""Mapped classes that annotations name in a string and no import brings (`room: Mapped["Room"]`): SQLAlchemy finds them
in its registry, the checker knows nothing of them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from awaitify.analysis.loading.names import Names, string_value, walk
from awaitify.analysis.mapping.finding import is_mapped
from awaitify.analysis.mapping.model import annotations_of
from awaitify.project.index import Class, File, Project, ancestors, text_of


def forward_names(project: Project) -> dict[Path, dict[str, str]]:
    """For each file: the name -> the dotted class that it means, the only mapped one of that name."""
    names = Names(project)
    mapped = [cls for file in project.files for cls in file.classes if is_mapped(cls, names)]
    registered: dict[str, list[Class]] = defaultdict(list)
    for cls in mapped:
        registered[cls.name].append(cls)
    found: dict[Path, dict[str, str]] = {}
    for file in {base.file for cls in mapped for base in names.bases(cls)}:
        written = {word for cls in file.classes for word in _in_strings(cls)}
        for word in sorted(written & registered.keys() - _bound(file)):
            (cls, *others) = registered[word]
            if not others and cls.id == f"{cls.file.module}.{word}":
                found.setdefault(file.path, {})[word] = cls.id
    return found


def _in_strings(cls: Class) -> Iterator[str]:
    """The names in the strings of what annotates a class's attributes."""
    for annotation in annotations_of(cls).values():
        for node in walk(annotation):
            yield from re.findall(r"\w+", string_value(node) or "")


def _bound(file: File) -> set[str]:
    """The names that a file binds for all its code."""
    tops = [item for item in file.imports if not any(_is_scope(node.type) for node in ancestors(item.statement))]
    assigned = re.findall(r"^(\w+)\s*(?::[^=\n]*)?=", text_of(file.root), re.MULTILINE)
    return {item.local.partition(".")[0] for item in tops} | {cls.name for cls in file.classes} | set(assigned)


def _is_scope(kind: str) -> bool:
    return kind in ("function_definition", "class_definition", "lambda")
