"""What the rewritten project defines, and which of its names stand for something that must be awaited."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tree_sitter import Node, Query

from awaitify.gate.syntax import (
    LANGUAGE,
    captures,
    code,
    decorators,
    function_nodes,
    is_async,
    last_name,
    parse,
    qualname,
    scope_of,
)

Key = tuple[Path, int]
_YIELDS = Query(LANGUAGE, "(yield) @yield")
_MADE_SYNC = frozenset({"async_to_sync", "syncify"})
_PARAMETERS = frozenset({"default_parameter", "typed_parameter", "typed_default_parameter"})
_PROPERTIES = frozenset({"property", "cached_property", "hybrid_property"})


@dataclass(frozen=True, slots=True)
class Colour:
    """What a name stands for. level: the calls that are missing before there is something to await (0: a coroutine, 1:
    a function, 2: a function that returns one). kind: coroutine, generator, manager or either (awaited or
    entered). true_async: does
    `iscoroutinefunction` say yes? (not for a plain def or a lambda that passes a coroutine through)."""

    level: int
    kind: str = "coroutine"
    true_async: bool = True
    origin: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Function:
    """A def of the project. params: name nodes in order, `*` and `**` ones left out."""

    path: Path
    node: Node
    name: str
    qualname: str
    asynchronous: bool
    generator: bool
    decorators: tuple[str, ...]
    params: tuple[Node, ...]
    in_class: bool

    @property
    def is_property(self) -> bool:
        """Is it read without a call?"""
        return not _PROPERTIES.isdisjoint(self.decorators)

    def colour(self) -> Colour | None:
        """What its name stands for; None for a plain def."""
        if not self.asynchronous or not _MADE_SYNC.isdisjoint(self.decorators):
            return None
        kind = "generator" if self.generator else "coroutine"
        if "asynccontextmanager" in self.decorators:
            kind = "manager"
        return Colour(0 if self.is_property else 1, kind, origin=self.qualname)


@dataclass(slots=True)
class Symbols:
    """The functions of the project by the place of their name, and the colours known so far."""

    roots: dict[Path, Node]
    functions: dict[Key, Function]
    colours: dict[Key, Colour]

    def names(self) -> set[str]:
        """The last name parts of everything that has a colour."""
        names = {self.functions[key].name for key in self.colours if key in self.functions}
        return names | {code(identifier_at(self.roots[path], at)) for path, at in self.colours if path in self.roots}


def identifier_at(root: Node, offset: int) -> Node | None:
    """The identifier that starts at an offset, if one does."""
    node = root.descendant_for_byte_range(offset, offset + 1)
    return node if node is not None and node.type == "identifier" and node.start_byte == offset else None


def read_symbols(files: Mapping[Path, bytes]) -> Symbols:
    """Parses every file; each `async def` gets its colour."""
    roots = {path: parse(text) for path, text in files.items()}
    functions = {
        (path, name.start_byte): function for path, root in roots.items() for name, function in _functions(path, root)
    }
    colours = {key: colour for key, function in functions.items() if (colour := function.colour())}
    return Symbols(roots, functions, colours)


def _functions(path: Path, root: Node) -> Iterator[tuple[Node, Function]]:
    generators = {scope.id for node in captures(_YIELDS, root, "yield") if (scope := scope_of(node)) is not None}
    for node in function_nodes(root):
        name = node.child_by_field_name("name")
        if node.type == "lambda" or name is None:
            continue
        yield name, Function(
            path, node, code(name), qualname(node), is_async(node), node.id in generators,
            tuple(last_name(item) for item in decorators(node)), tuple(_params(node)), _in_class(node),
        )  # fmt: skip


def _params(node: Node) -> Iterator[Node]:
    parameters = node.child_by_field_name("parameters")
    for item in parameters.named_children if parameters is not None else []:
        name = item
        if item.type in _PARAMETERS:
            name = item.child_by_field_name("name") or item.named_children[0]
        if name.type == "identifier":
            yield name


def _in_class(node: Node) -> bool:
    block = node.parent
    if block is not None and block.type == "decorated_definition":
        block = block.parent
    return block is not None and block.parent is not None and block.parent.type == "class_definition"
