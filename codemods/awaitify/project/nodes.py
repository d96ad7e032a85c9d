"""What the index holds: files, functions, classes, calls and imports, each with its syntax node."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tree_sitter import Node

from awaitify.project.sources import Source


def text_of(node: Node) -> str:
    """The source of a node."""
    return (node.text or b"").decode()


def name_of(node: Node) -> Node:
    """The identifier after `def` or `class`."""
    name = node.child_by_field_name("name")
    assert name is not None
    return name


def span_of(node: Node) -> tuple[int, int]:
    """Byte offsets of a node: start, end."""
    return (starred(node) or node).start_byte, node.end_byte


def starred(node: Node) -> Node | None:
    """What follows the star in `[*a.b()]`, which tree-sitter takes for `(*a).b()`; None elsewhere."""
    while node.type in ("call", "attribute", "subscript") and node.named_children:
        node = node.named_children[0]
    return node.named_children[0] if node.type == "list_splat" and node.named_children else None


def is_within(node: Node, outer: Node) -> bool:
    """Whether a node lies in another, or is it."""
    return outer.start_byte <= node.start_byte and node.end_byte <= outer.end_byte


def is_label(node: Node) -> bool:
    """Whether an identifier is the name of an attribute or of a keyword argument, not a variable."""
    parent = node.parent
    if parent is None or parent.type not in ("attribute", "keyword_argument"):
        return False
    return node in (parent.child_by_field_name("attribute"), parent.child_by_field_name("name"))


def is_imported(node: Node) -> bool:
    """Whether a node stands in an import."""
    return any(item.type in ("import_from_statement", "import_statement") for item in ancestors(node))


@dataclass(eq=False, slots=True)
class Param:
    """A parameter: its name, and the nodes of name, annotation and default."""

    name: str
    node: Node
    annotation: Node | None = None
    default: Node | None = None
    star: str = ""


@dataclass(eq=False, slots=True)
class Class:
    """A class of the project. twin: what its async copy is called, where it gets one."""

    id: str
    name: str
    file: File
    node: Node
    bases: list[Node] = field(default_factory=list)
    methods: dict[str, Function] = field(default_factory=dict)
    twin: str = ""

    @property
    def name_node(self) -> Node:
        """The identifier after `class`."""
        return name_of(self.node)

    @property
    def outer(self) -> Node:
        """The class with its decorators."""
        parent = self.node.parent
        return parent if parent is not None and parent.type == "decorated_definition" else self.node


@dataclass(eq=False, slots=True)
class Function:
    """A function or method of the project. id: module and qualified name, dotted, with `@line` where it comes again;
    outer: with its decorators; twin: the name of an async copy that stands beside it already; wrappers: what decorators
    of the project put around it."""

    id: str
    name: str
    file: File
    node: Node
    outer: Node
    is_async: bool
    params: list[Param]
    decorators: list[Node]
    cls: Class | None
    parent: Function | None
    is_generator: bool = False
    calls: list[Call] = field(default_factory=list)
    returns: list[Node] = field(default_factory=list)
    twin: str = ""
    wrappers: tuple[Function, ...] = ()

    @property
    def dotted(self) -> str:
        """Module and qualified name, the same for all definitions of a name."""
        return self.id.partition("@")[0]

    @property
    def name_node(self) -> Node:
        """The identifier after `def`."""
        return name_of(self.node)

    @property
    def line(self) -> int:
        """Counted from 1."""
        return self.node.start_point[0] + 1

    def param(self, name: str) -> Param | None:
        """The parameter of that name."""
        return next((param for param in self.params if param.name == name), None)


@dataclass(eq=False, slots=True)
class Call:
    """A call site, or the read of a property that becomes a method. ask: where to ask which function it means;
    in_lambda: whether a lambda stands between."""

    node: Node
    file: File
    function: Function | None
    in_lambda: bool = False

    @property
    def is_read(self) -> bool:
        """Whether no parentheses stand there: a property is read."""
        return self.node.type == "attribute"

    @property
    def callee(self) -> Node:
        """What is called."""
        node = self.node if self.is_read else self.node.child_by_field_name("function")
        assert node is not None
        return node

    @property
    def ask(self) -> int:
        """The byte offset of the last identifier of the callee."""
        callee = self.callee
        if callee.type == "attribute":
            attribute = callee.child_by_field_name("attribute")
            return attribute.start_byte if attribute else callee.end_byte - 1
        if callee.type == "subscript":
            value = callee.child_by_field_name("value")
            return (value or callee).end_byte - 1
        return callee.start_byte

    @property
    def line(self) -> int:
        """Counted from 1."""
        return self.node.start_point[0] + 1

    @property
    def arguments(self) -> list[Node]:
        """Positional and keyword arguments, without comments."""
        node = self.node.child_by_field_name("arguments")
        return [child for child in node.named_children if child.type != "comment"] if node else []


@dataclass(eq=False, slots=True)
class ImportedName:
    """`from module import name as local` or `import module as local`. node: the imported name's identifier."""

    local: str
    module: str
    name: str
    node: Node
    statement: Node
    level: int = 0

    @property
    def is_top(self) -> bool:
        """Whether the import stands at the top of its module."""
        return self.statement.parent is not None and self.statement.parent.type == "module"

    @property
    def written(self) -> str:
        """The module as the import writes it, with its leading dots."""
        return "." * self.level + self.module


@dataclass(eq=False, slots=True, weakref_slot=True)
class File:
    """A parsed file and what it defines. names: all identifiers, in source order; is_test: whether it belongs to the
    tests, by pytest's and unittest's customs."""

    source: Source
    root: Node
    functions: list[Function] = field(default_factory=list)
    classes: list[Class] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    imports: list[ImportedName] = field(default_factory=list)
    names: list[Node] = field(default_factory=list)
    is_test: bool = field(init=False)
    _by_word: dict[str, list[Node]] = field(default_factory=dict)
    _starts: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        parts = self.source.relative.split("/")
        in_tests = bool({"tests", "test"} & set(parts[:-1]))
        self.is_test = in_tests or parts[-1].startswith("test_") or parts[-1] == "conftest.py"

    @property
    def words(self) -> Mapping[str, list[Node]]:
        """The names by what they say, each list in source order."""
        if not self._by_word:
            for node in self.names:
                self._by_word.setdefault(text_of(node), []).append(node)
        return self._by_word

    def named(self, *words: str) -> list[Node]:
        """Where one of these words stands as a name, in source order."""
        if len(words) == 1:
            return self.words.get(words[0], [])
        found = [node for word in set(words) for node in self.words.get(word, ())]
        return sorted(found, key=lambda node: node.start_byte)

    def names_between(self, start: int, end: int) -> list[Node]:
        """The names that start in a range of bytes, in source order."""
        if not self._starts:
            self._starts = [node.start_byte for node in self.names]
        return self.names[bisect_left(self._starts, start) : bisect_left(self._starts, end)]

    def names_in(self, node: Node) -> list[Node]:
        """The names that stand in a node, in source order."""
        return self.names_between(node.start_byte, node.end_byte)

    @property
    def path(self) -> Path:
        """Absolute."""
        return self.source.path

    @property
    def module(self) -> str:
        """Dotted."""
        return self.source.module

    def absolute(self, module: str, level: int) -> str:
        """The full name of the module that an import in this file names with `level` dots."""
        if not level:
            return module
        parts = self.module.split(".") + [""] * (self.path.name == "__init__.py")
        return ".".join(filter(None, [*parts[:-level], module]))


def mentions(function: Function, names: Iterable[str]) -> bool:
    """Whether the body of a function has one of these names in it, be it in a text."""
    body = function.node.child_by_field_name("body")
    return body is None or any(re.search(rf"\b{name}\b", text_of(body)) for name in names)


def ancestors(node: Node) -> Iterator[Node]:
    """The node's parents, innermost first."""
    parent = node.parent
    while parent is not None:
        yield parent
        parent = parent.parent


def with_of(node: Node) -> Node | None:
    """The `with` statement whose item a call is."""
    for parent in ancestors(node):
        if parent.type == "with_statement":
            return parent
        if parent.type not in ("as_pattern", "with_item", "with_clause"):
            return None
    return None
