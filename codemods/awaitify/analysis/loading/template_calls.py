"""What templates call: functions that the environment knows by a name (`env.globals["boss_of"] = boss_of`, filters),
functions that the context holds, and methods of objects. They run as the template is rendered, and read objects too."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from tree_sitter import Node

from awaitify.analysis.loading.names import last_name, string_value, walk
from awaitify.analysis.local_bindings import bound_to
from awaitify.analysis.mapping.finding import Mapping as Mapped
from awaitify.project.index import File, Function, Project, ancestors, is_label, text_of

TABLES = {"globals", "filters", "tests"}
CALLED = re.compile(r"\.\s*(\w+)\s*\(")
WORD = re.compile(r"[A-Za-z_]\w*")
#: Annotations that say nothing of what an argument holds.
OPEN = {"Any", "object", "dict", "list", "tuple", "set", "Iterable", "Sequence", "Mapping", "Collection"}


@dataclass(eq=False)
class TemplateCalls:
    """Knows what templates may call, and the names that it reads. Functions are followed by their names."""

    project: Project
    mapping: Mapped
    _tables: dict[str, list[Node]] | None = None
    _functions: dict[str, list[Function]] = field(default_factory=dict)
    _read: dict[int, set[str]] = field(default_factory=dict)

    def read(self, code: Iterable[str], given: Mapping[str, list[Node]]) -> set[str]:
        """The names that are read by what the code of templates calls. given: what the context holds by name."""
        found = set[str]()
        for item in self.called(code, given):
            found = found.union(*self._reached(item))
        return found

    def called(self, code: Iterable[str], given: Mapping[str, list[Node]]) -> Iterator[Function | Node]:
        """The functions and lambdas that the code of templates calls."""
        text = "\n".join(code)
        words, methods = set(WORD.findall(text)), set(CALLED.findall(text))
        nodes = [node for word in sorted(words) for node in self._registered.get(word, ())]
        held = [node for name in sorted(words & given.keys()) for node in given[name] if not _is_value(node)]
        for node in [*nodes, *held]:
            if node.type == "lambda":
                yield node
            elif node.type in ("identifier", "attribute"):
                yield from self._by_name(text_of(node.child_by_field_name("attribute") or node))
        for cls in self.mapping.classes.values():
            yield from (method for name, method in cls.cls.methods.items() if name in methods)

    @property
    def _registered(self) -> dict[str, list[Node]]:
        """name in templates -> the functions, as the code names them."""
        if self._tables is None:
            self._tables = {}
            for file in self.project.files:
                for name, value in _entries(file) if not file.is_test and file.named(*TABLES) else ():
                    self._tables.setdefault(name, []).append(value)
        return self._tables

    def _by_name(self, name: str) -> list[Function]:
        if not self._functions:
            for function in self.project.functions.values():
                if not function.file.is_test:
                    self._functions.setdefault(function.name, []).append(function)
        return self._functions.get(name, [])

    def _names(self, function: Function) -> set[str]:
        """What a function reads itself; nothing of parameters that hold no mapped object."""
        key = function.node.id
        if key not in self._read:
            plain = {param.name for param in function.params if self._is_plain(param.annotation)}
            self._read[key] = _attributes(function.node, plain)
        return self._read[key]

    def _reached(self, item: Function | Node) -> Iterator[set[str]]:
        """What a function or a lambda reads, and all that it calls, however deep; properties are called by a read."""
        seen, todo = set[int](), [item]
        while todo:
            current = todo.pop()
            node = current.node if isinstance(current, Function) else current
            if node.id in seen:
                continue
            seen.add(node.id)
            names = self._names(current) if isinstance(current, Function) else _attributes(current, set())
            yield names
            called = {last_name(inner) for inner in walk(node) if inner.type == "call"}
            todo += [callee for name in called for callee in self._by_name(name)]
            for cls in self.mapping.classes.values():
                todo += [cls.properties[name] for name in names & cls.properties.keys()]

    def _is_plain(self, annotation: Node | None) -> bool:
        """Whether a parameter's annotation names no mapped class, and nothing that may hold one."""
        words = set(WORD.findall(text_of(annotation))) if annotation is not None else OPEN
        return not words & OPEN and not any(cls.cls.name in words for cls in self.mapping.classes.values())


def _attributes(node: Node, plain: set[str]) -> set[str]:
    """The names of the attributes that are read below a node. plain: the names of what has none that matter."""
    found = [item for item in walk(node) if item.type == "attribute" and _root(item) not in plain]
    return {text_of(item.child_by_field_name("attribute") or item) for item in found}


def _is_value(node: Node) -> bool:
    """Whether what a context holds is no function: a part of something, or what the code around has a name for."""
    if node.type != "identifier":
        return node.type != "lambda"
    around = [item for item in ancestors(node) if item.type == "function_definition"]
    return any(True for item in around for _ in bound_to(text_of(node), item))


def _root(node: Node) -> str:
    while node.type in ("attribute", "call", "subscript") and node.named_children:
        node = node.named_children[0]
    return text_of(node) if node.type == "identifier" and not is_label(node) else ""


def _entries(file: File) -> Iterator[tuple[str, Node]]:
    """`env.globals["name"] = value`, `env.filters.update(name=value)`, `env.globals.update({"name": value})`."""
    for table in file.named(*TABLES):
        outer = table.parent
        holder = outer.parent if outer is not None and outer.type == "attribute" else None
        if holder is not None and holder.type == "subscript":
            assignment = holder.parent
            key, name = holder.child_by_field_name("subscript"), None
            if assignment is not None and assignment.type == "assignment":
                name, value = string_value(key), assignment.child_by_field_name("right")
                if name and value is not None:
                    yield name, value
        elif holder is not None and holder.type == "attribute" and text_of(holder).endswith(".update"):
            yield from _updated(holder.parent)


def _updated(call: Node | None) -> Iterator[tuple[str, Node]]:
    for item in walk(call) if call is not None and call.type == "call" else ():
        if item.type == "pair":
            name, value = string_value(item.child_by_field_name("key")), item.child_by_field_name("value")
        elif item.type == "keyword_argument":
            name, value = text_of(item.named_children[0]), item.child_by_field_name("value")
        else:
            continue
        if name and value is not None:
            yield name, value
