"""The names that copied signatures use, and the imports that bring them along."""

from __future__ import annotations

import builtins
from collections import defaultdict
from collections.abc import Iterable, Iterator

from tree_sitter import Node

from awaitify.project.index import File, Function, text_of

_PLAIN = frozenset(dir(builtins))


class Imports:
    """Collects imports while signatures are copied. Annotations are never evaluated, so theirs are for the type checker
    only; defaults are, so theirs are made. shadowed: names of methods, which mean the method in the class's body."""

    def __init__(self, shadowed: frozenset[str] = frozenset()) -> None:
        self._shadowed = shadowed
        self._runtime: dict[str, str] = {}
        self._typing: dict[str, str] = {}

    def named(self, module: str, name: str) -> str:
        """Imports a name, for use when the code runs."""
        self._runtime[name] = f"from {module} import {name}"
        return name

    def any(self) -> str:
        """`Any`, for what has no annotation."""
        self._typing.setdefault("Any", "from typing import Any")
        return "Any"

    def annotation(self, node: Node, function: Function) -> str:
        """The annotation's text; `Any` when a name in it cannot be imported."""
        text = " ".join(text_of(node).split())
        if any(quote in text for quote in "\"'") and "Literal[" not in text:
            return self.any()  # names inside strings are not looked at
        found = self._statements(node, function)
        if found is None:
            return self.any()
        self._typing |= {name: line for name, line in found.items() if name not in self._runtime}
        return text

    def default(self, node: Node, function: Function) -> str | None:
        """The default's text, with its names imported; None when one cannot be."""
        found = self._statements(node, function)
        if found is None:
            return None
        self._runtime |= found
        return text_of(node)

    def runtime(self) -> list[str]:
        """Import lines, in order."""
        return _joined(self._runtime.values())

    def annotations(self) -> list[str]:
        """Import lines that only a type checker needs."""
        return _joined(line for name, line in self._typing.items() if name not in self._runtime)

    def _statements(self, node: Node, function: Function) -> dict[str, str] | None:
        """Name -> import for each name; None when one is not known or would mean two things."""
        found: dict[str, str] = {}
        for name in _names(node):
            line = _import_of(name, function.file)
            known = self._runtime.get(name) or self._typing.get(name)
            if line is None or name in self._shadowed or (known is not None and known != line):
                return None
            if line:
                found[name] = line
        return found


def _joined(lines: Iterable[str]) -> list[str]:
    """One line for all names of a module."""
    names: dict[str, list[str]] = defaultdict(list)
    for line in sorted(set(lines)):
        head, _, name = line.partition(" import ")
        names[head].append(name)
    return [f"{head} import {', '.join(found)}" if found[0] else head for head, found in names.items()]


def _names(node: Node) -> Iterator[str]:
    """The identifiers that must be defined; not attributes, not names of arguments."""
    if node.type == "identifier":
        yield text_of(node)
    for child in node.named_children:
        is_attribute = node.type == "attribute" and child == node.child_by_field_name("attribute")
        is_keyword = node.type == "keyword_argument" and child == node.child_by_field_name("name")
        if not is_attribute and not is_keyword:
            yield from _names(child)


def _import_of(name: str, file: File) -> str | None:
    """The line that imports what `name` means at the top of the file; "" for a builtin; None: not known."""
    for item in file.imports:
        if item.local != name and item.local.partition(".")[0] != name:
            continue
        if not item.name:
            return f"import {item.module}" + (f" as {name}" if item.local == name != item.module else "")
        module = file.absolute(item.module, item.level)
        return f"from {module} import {item.name}" + (f" as {name}" if item.name != name else "")
    if any(node for node in file.root.named_children if name in _defined(node)):
        return f"from {file.module} import {name}"
    return "" if name in _PLAIN else None


def _defined(node: Node) -> Iterator[str]:
    """What a top-level statement gives a name."""
    inner = node.child_by_field_name("definition") if node.type == "decorated_definition" else node
    if inner is not None and inner.type in ("class_definition", "function_definition"):
        name = inner.child_by_field_name("name")
        yield text_of(name) if name else ""
    elif inner is not None and inner.type == "type_alias_statement":
        yield text_of(inner.named_children[0])
    elif inner is not None and inner.type == "expression_statement":
        for child in inner.named_children:
            left = child.child_by_field_name("left") if child.type == "assignment" else None
            if left is not None:
                yield text_of(left)
