"""A call of a library's function that is written anew for another library, at its place: what that changes."""

from __future__ import annotations

from dataclasses import dataclass, field

from tree_sitter import Node

from awaitify.analysis.effects import Effects
from awaitify.project.index import Call, Function, text_of

REQUESTS = "requests."
WRITERS = ("logging.", "loguru.", "structlog.")
CARRIERS = {
    "string", "interpolation", "concatenated_string", "binary_operator", "argument_list", "keyword_argument",
    "parenthesized_expression", "subscript", "tuple", "pair", "dictionary", "list",
}  # fmt: skip
BINDING = {
    "assignment", "for_statement", "for_in_clause", "as_pattern_target", "typed_parameter", "default_parameter",
    "typed_default_parameter", "function_definition", "class_definition",
}  # fmt: skip


class NotDirect(Exception):
    """Why a call has no exact form of the other library's; carries a short text."""


@dataclass(frozen=True, slots=True)
class Change:
    """An expression becomes code, in which `LIB` is the other library and `{0}` the expression at holes[0]; or,
    with rename, an identifier gets another name."""

    node: Node
    code: str
    holes: tuple[Node, ...] = ()
    rename: bool = False


@dataclass(frozen=True, slots=True)
class Caught:
    """A handler around a call whose function gets another library: its types, and for each one of requests, those of
    the other library. call: the one in its block; body: the block."""

    types: Node
    also: tuple[tuple[Node, tuple[str, ...]], ...]
    body: Node
    library: str


@dataclass(slots=True)
class Direct:
    """statement: what is wrapped; method: what the client is called with ("get", or "request" with the word in front);
    word: that word; options: arguments of the client; library: the module that has the client; drops: arguments that
    the call does not take; unsure: a value of a wrong type, which both libraries refuse, raises another exception."""

    call: Call
    statement: Node
    library: str
    method: str = ""
    word: str = ""
    options: list[str] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    drops: list[str] = field(default_factory=list)
    followed: bool = True
    safe: bool = False
    unsure: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """A function and what is known of its calls."""

    function: Function
    effects: Effects

    def names(self, node: Node) -> set[str]:
        """The dotted names of what an expression means or calls."""
        call = self.effects.resolution.call_at(self.function.file, node) if node.type == "call" else None
        if call is not None:
            return {target.name for target in self.effects.resolution.targets.get(call, ())}
        if node.type not in ("identifier", "attribute"):
            return set()
        return {target.name for target in self.effects.resolution.definition(self.function.file, node)}

    def classes(self, node: Node) -> set[str]:
        """The classes of the value of a name, None among them."""
        if node.type not in ("identifier", "attribute"):
            return set()
        return {target.name for target in self.effects.resolution.classes(self.function.file, [node])[0]}


def field_of(node: Node | None, name: str) -> Node | None:
    """A part of a node."""
    return node.child_by_field_name(name) if node is not None else None


def last_word(node: Node) -> str:
    """`c` of `a.b.c`."""
    return text_of(node).rpartition(".")[2]


def is_bound(word: str, function: Function) -> bool:
    """Whether a file gives a module's name to something else."""
    file = function.file
    if any(item.local == word and f"{item.module}.{item.name}".strip(".") != word for item in file.imports):
        return True
    return any(_binds(node, node.parent) for node in file.named(word))


def _binds(node: Node, parent: Node | None) -> bool:
    if parent is None or parent.type in ("parameters", "lambda_parameters", "pattern_list"):
        return parent is not None
    return parent.type in BINDING and parent.named_children[0] == node
