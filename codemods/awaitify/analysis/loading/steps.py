"""What a trace is made of: the steps back from a read, and the sources that they end at."""

from __future__ import annotations

from dataclasses import dataclass, replace

from tree_sitter import Node

from awaitify.analysis.loading.names import positional
from awaitify.project.index import Function


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of a function that the object lives through: byte offsets, and the name that holds it, if any."""

    function: Function
    start: int
    end: int
    name: str = ""


@dataclass(frozen=True, slots=True)
class Use:
    """A name that holds the object on its way; at: the node that needs it (a call that passes it on, a return)."""

    function: Function
    name: Node
    at: Node
    path: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """Where an object may come from. kind: "query" (node: `select(A)` or `s.query(A)`), "get" (`s.get(A, key)`),
    "new" (the constructor's call) or "unknown". root: class of the object made there; path: the relationships from it
    to the object that was asked for; segments: what happens in between, latest first; uses: the names on the way;
    item: which element of a query's rows it is, -1 when they are no rows; earlier: what happens before that, since the
    session first had the object."""

    kind: str
    function: Function
    node: Node
    root: str = ""
    path: tuple[str, ...] = ()
    segments: tuple[Segment, ...] = ()
    uses: tuple[Use, ...] = ()
    item: int = -1
    earlier: tuple[Segment, ...] = ()

    @property
    def entity(self) -> Node:
        """The class as a query writes it: the only element, or that of the row."""
        return positional(self.node)[max(self.item, 0)]

    @property
    def is_unnamed(self) -> bool:
        """Whether a new object gets no name where it is made: `save(db, Item())`."""
        return self.node.parent is not None and self.node.parent.type != "assignment"


Frame = tuple[str, Function, Node]


@dataclass(frozen=True, slots=True)
class Step:
    """An expression to follow; until: the offset in its function at which it is needed; at: the node that needs it.
    inside: the calls that the way went into and has not come out of: (id of what is called, caller, call); item: which
    element of a row is meant, -1 for no row; entity: the class of that element, where it is known by its class."""

    function: Function
    node: Node
    until: int
    at: Node
    path: tuple[str, ...] = ()
    segments: tuple[Segment, ...] = ()
    uses: tuple[Use, ...] = ()
    inside: tuple[Frame, ...] = ()
    item: int = -1
    entity: str = ""

    def to(self, node: Node, *more: str, name: str = "") -> Step:
        """The same object one expression earlier."""
        passed_through = Segment(self.function, node.end_byte, self.until, name)
        segments = (*self.segments, passed_through) if name or more else self.segments
        until = node.start_byte if name else self.until
        at = node if name else self.at
        return replace(self, node=node, until=until, at=at, path=(*more, *self.path), segments=segments)
