"""Where in a function what reads can run on its session: the smallest expression that a lambda can hold."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from awaitify_transforms.edits import NameParts, ReplaceExpression
from tree_sitter import Node

from awaitify.analysis.loading.names import Names, last_name, walk
from awaitify.analysis.loading.reads import Read
from awaitify.analysis.loading.types import MAKERS
from awaitify.analysis.waiting_parts import NAMES, may_follow, names_of, parts_of, statement_of
from awaitify.project.expressions import COMPREHENSIONS
from awaitify.project.index import Function, ancestors, span_of, text_of

SCOPES = ("lambda", "function_definition", "class_definition", "decorator")
#: What cannot stand in a lambda, or means something else there.
NEVER = ("await", "yield", "named_expression", "interpolation")
#: They render a template at once.
PAGES = {"TemplateResponse", "render_template"}
#: They go through a generator at once.
WHOLE = {"list", "set", "tuple", "frozenset", "dict", "sum", "any", "all", "max", "min", "sorted", "join", "next"}


@dataclass(frozen=True, slots=True)
class Place:
    """node: what runs on the session; session: its code; hoisted: the parts that wait before."""

    node: Node
    session: str
    hoisted: tuple[Node, ...] = ()

    def edits(self, function: Function, reason: str) -> list[ReplaceExpression | NameParts]:
        """`await db.run_sync(lambda _: ...)`; what waits gets a name before the statement, or is handed over."""
        span, holes = span_of(self.node), tuple(map(span_of, self.hoisted))
        statement = statement_of(self.node)
        if not self.hoisted or statement is not None:
            code = f"await {self.session}.run_sync(lambda _: {{0}})"
            runs = ReplaceExpression(span=span, code=code, holes=(span,), reason=reason)
            names = tuple(names_of(self.hoisted, function))
            named = [NameParts(span=span_of(statement), names=names, parts=holes)] if self.hoisted and statement else []
            return [*named, runs]
        names = NAMES[: len(self.hoisted)]
        start, text = self.node.start_byte, function.file.source.text[self.node.start_byte : self.node.end_byte]
        for part, name in list(zip(self.hoisted, names, strict=True))[::-1]:
            text = text[: part.start_byte - start] + name.encode() + text[part.end_byte - start :]
        given = ", ".join(f"{{{number}}}" for number in range(len(names)))
        code = f"await {self.session}.run_sync(lambda _, {', '.join(names)}: {text.decode()}, {given})"
        return [ReplaceExpression(span=span, code=code, holes=holes, reason=reason)]


@dataclass(frozen=True, slots=True)
class Sessions:
    """codes: function id -> how it writes its sessions; moving: the ids of the calls that are rewritten."""

    codes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    moving: Collection[int] = ()

    def place(self, function: Function, node: Node | None) -> Place | None:
        """The expression to run on the session; None where there is no such place or session."""
        codes = self.codes.get(function.id, ())
        own = self._hoisted(node) if node is not None else None
        if node is None or own is None or len(codes) != 1 or function.file.is_test:
            return None
        around = [item for item in ancestors(node) if item.start_byte >= function.node.start_byte]
        around = around[: next((at for at, item in enumerate(around) if item.id == function.node.id), len(around))]
        if any(item.type in SCOPES for item in around):
            return None
        whole = [gone_through(item) for item in around if item.type in COMPREHENSIONS]
        outer = self._hoisted(whole[-1]) if whole and whole[-1] is not None else None
        if outer is not None:
            return Place(whole[-1] or node, codes[0], outer)
        loose = any(item.type == "generator_expression" for item in around)
        first = any(_is_first(item, node) for item in around if item.type in COMPREHENSIONS)
        return None if loose or (whole and first and len(whole) > 1) else Place(node, codes[0], own)

    def _hoisted(self, node: Node) -> tuple[Node, ...] | None:
        """The parts that wait, and go before; None where something else waits, or means another thing in a lambda."""
        parts = list(parts_of(node))
        hoisted = tuple(part for part in parts if self._waits(part))
        if hoisted and not may_follow(parts[: parts.index(hoisted[-1])], hoisted):
            return None
        inside = [item for item in walk(node) if not any(_holds(part, item) for part in hoisted)]
        names = {text_of(item) for item in walk(node) if item.type == "identifier"}
        is_plain = not any(item.type in NEVER or item.id in self.moving for item in inside)
        taken = {"_", "super", "locals", *(NAMES if hoisted else ())}
        return hoisted if is_plain and not names & taken and len(hoisted) <= len(NAMES) else None

    def _waits(self, node: Node) -> bool:
        return any(item.id in self.moving or item.type == "await" for item in walk(node))


def _holds(part: Node, node: Node) -> bool:
    return part.start_byte <= node.start_byte and node.end_byte <= part.end_byte


def expression(read: Read, names: Names) -> Node | None:
    """What a read is part of that can run elsewhere: itself, or the call that makes a schema or a page of it."""
    node, parent = read.node, read.node.parent
    if parent is None or read.is_late:
        return None
    if not read.cls and read.receiver is None:  # a template's, by the call that renders it
        return node if last_name(node) in PAGES else None
    if read.receiver is not None and node.id != read.receiver.id:
        is_target = parent.type in ("assignment", "augmented_assignment") and parent.named_children[0].id == node.id
        return node if node.type in ("attribute", "call") and not is_target else None
    while parent is not None and parent.type in ("keyword_argument", "pair", "dictionary"):
        parent = parent.parent
    call = parent.parent if parent is not None and parent.type == "argument_list" else None
    callee = call.child_by_field_name("function") if call is not None else None
    # Not what only keeps the object for later: `context.update({"user": user})`.
    is_class = callee is not None and names.find(read.function.file, text_of(callee)) is not None
    return call if is_class or last_name(call) in MAKERS | PAGES else None


def gone_through(comprehension: Node) -> Node | None:
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
