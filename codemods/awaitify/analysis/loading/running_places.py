"""Where in a function what reads can run on its session: the smallest expression that a lambda can hold."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from tree_sitter import Node

from awaitify.analysis.loading.names import last_name, walk
from awaitify.analysis.loading.reads import Read
from awaitify.project.index import Function, ancestors, text_of

COMPREHENSIONS = ("list_comprehension", "set_comprehension", "dictionary_comprehension", "generator_expression")
SCOPES = ("lambda", "function_definition", "class_definition", "decorator")
#: What cannot stand in a lambda, or means something else there.
NEVER = ("await", "yield", "named_expression", "interpolation")
#: They go through a generator at once.
WHOLE = {"list", "set", "tuple", "dict", "sum", "any", "all", "max", "min", "sorted", "join"}


@dataclass(frozen=True, slots=True)
class Sessions:
    """codes: function id -> how it writes its sessions; moving: the ids of the calls that are rewritten."""

    codes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    moving: Collection[int] = ()

    def place(self, function: Function, node: Node | None) -> tuple[Node, str] | None:
        """The expression to run on the session, and its code; None where there is no such place or session."""
        codes = self.codes.get(function.id, ())
        if node is None or len(codes) != 1 or function.file.is_test or not self._may_move(node):
            return None
        around = [item for item in ancestors(node) if item.start_byte >= function.node.start_byte]
        around = around[: next((at for at, item in enumerate(around) if item.id == function.node.id), len(around))]
        if any(item.type in SCOPES for item in around):
            return None
        whole = [_whole(item) for item in around if item.type in COMPREHENSIONS]
        if whole and whole[-1] is not None and self._may_move(whole[-1]):
            return whole[-1], codes[0]
        loose = any(item.type == "generator_expression" for item in around)
        first = any(_is_first(item, node) for item in around if item.type in COMPREHENSIONS)
        return None if loose or (whole and first and len(whole) > 1) else (node, codes[0])

    def _may_move(self, node: Node) -> bool:
        """Whether nothing in an expression waits, or means something else in a lambda."""
        inside = list(walk(node))
        names = {text_of(item) for item in inside if item.type == "identifier"}
        is_plain = not any(item.type in NEVER or item.id in self.moving for item in inside)
        return is_plain and not names & {"_", "super", "locals"}


def expression(read: Read) -> Node | None:
    """What a read is part of that can run elsewhere: itself, or the call that makes a schema of the object."""
    node, parent = read.node, read.node.parent
    if parent is None:
        return None
    if not read.cls and read.receiver is None:  # a template's, by the call that renders it
        return node if last_name(node) in ("TemplateResponse", "render_template") else None
    if read.receiver is not None and node.id != read.receiver.id:
        is_target = parent.type in ("assignment", "augmented_assignment") and parent.named_children[0].id == node.id
        return node if node.type in ("attribute", "call") and not is_target else None
    while parent is not None and parent.type in ("keyword_argument", "pair", "dictionary"):
        parent = parent.parent
    return parent.parent if parent is not None and parent.type == "argument_list" else None


def _whole(comprehension: Node) -> Node | None:
    """The comprehension, or the call that goes through a generator at once; None for one that is handed on."""
    parent = comprehension.parent
    if comprehension.type != "generator_expression":
        return comprehension
    call = parent.parent if parent is not None and parent.type == "argument_list" else parent
    return call if call is not None and call.type == "call" and last_name(call) in WHOLE else None


def _is_first(comprehension: Node, node: Node) -> bool:
    """Whether a node stands in what a comprehension goes through first."""
    clause = next((item for item in comprehension.named_children if item.type == "for_in_clause"), None)
    return clause is not None and clause.start_byte <= node.start_byte < clause.end_byte
