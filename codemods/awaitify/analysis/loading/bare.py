"""Objects that are shown as they are: `vars(obj)`, `obj.__dict__`, or a route that returns one without a schema.

What is loaded shows in the output there, so no cure may load more than the sync service did.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tree_sitter import Node

from awaitify.analysis.loading.bindings import returned_by
from awaitify.analysis.loading.names import last_name, positional, walk_own
from awaitify.analysis.loading.trace import Tracer
from awaitify.analysis.loading.types import Types
from awaitify.project.index import Function

SHOWING = {"vars", "jsonable_encoder"}
MARKERS = (b"__dict__", *(name.encode() for name in SHOWING))


class Bare:
    """queries: the ids of the calls that make the queries of shown objects; classes: what those objects are."""

    def __init__(self, types: Types):
        self.types = types
        self.queries: set[int] = set()
        self.classes: set[str] = set()

    def note(self, function: Function, node: Node, tracer: Tracer) -> None:
        """Takes in an expression that a function shows."""
        value = self.types.value(function, node)
        if value is None or not value.cls or value.shape == "query" or self._is_model(value.cls):
            return  # of a query only its number of rows, or the like, can be shown
        self.classes.add(value.cls)
        sources = tracer.sources(function, node)
        self.queries.update(source.node.id for source in sources if source.kind == "query")

    def holds(self, cls: str) -> bool:
        """Whether objects of a class are shown somewhere."""
        return any(self.types.mapping.related(cls, shown) for shown in self.classes)

    def shown(self, function: Function, routes: Mapping[str, Node | None]) -> Iterator[Node]:
        """The expressions that a function shows as they are."""
        if function.id in routes and routes[function.id] is None:
            for node in returned_by(function):
                yield from _inside(node)
        text = function.node.text or b""
        if not any(marker in text for marker in MARKERS):
            return
        for node in walk_own(function.node):
            if node.type == "call" and last_name(node) in SHOWING and positional(node):
                yield from _inside(positional(node)[0])
            attribute = node.child_by_field_name("attribute") if node.type == "attribute" else None
            base = node.child_by_field_name("object")
            if attribute is not None and attribute.text == b"__dict__" and base is not None:
                yield base

    def _is_model(self, cls: str) -> bool:
        """Whether pydantic shows the object: by its fields, not by what is loaded."""
        return "SQLModel" in self.types.mapping.names.foreign_bases(self.types.mapping.classes[cls].cls)


def _inside(node: Node) -> Iterator[Node]:
    """An expression, or what stands in a display: `{"user": user, "posts": [post for post in posts]}`."""
    if node.type in ("dictionary", "list", "set", "tuple", "expression_list", "parenthesized_expression"):
        for child in node.named_children:
            yield from _inside(child)
    elif node.type == "pair":
        yield from _inside(node.named_children[-1])
    elif node.type in ("conditional_expression", "boolean_operator"):
        yield from (item for child in (node.named_children[0], node.named_children[-1]) for item in _inside(child))
    elif node.type.endswith("comprehension"):
        yield from _inside(node.named_children[0])
    elif node.type != "comment":
        yield node
