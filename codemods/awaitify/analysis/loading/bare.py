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


class Bare:
    """queries: the ids of the calls that make the queries of shown objects; classes: what those objects are."""

    def __init__(self, types: Types):
        self.types = types
        self.queries: set[int] = set()
        self.classes: set[str] = set()

    def note(self, function: Function, routes: Mapping[str, Node | None], tracer: Tracer) -> None:
        """Looks at what one function shows."""
        for node in self._shown(function, routes):
            value = self.types.value(function, node)
            if value is None or not value.cls or self._is_model(value.cls):
                continue
            self.classes.add(value.cls)
            sources = tracer.sources(function, node)
            self.queries.update(source.node.id for source in sources if source.kind == "query")

    def holds(self, cls: str) -> bool:
        """Whether objects of a class are shown somewhere."""
        return any(self.types.mapping.related(cls, shown) for shown in self.classes)

    def _shown(self, function: Function, routes: Mapping[str, Node | None]) -> Iterator[Node]:
        if function.id in routes and routes[function.id] is None:
            yield from returned_by(function)
        for node in walk_own(function.node):
            if node.type == "call" and last_name(node) in SHOWING and positional(node):
                yield positional(node)[0]
            attribute = node.child_by_field_name("attribute") if node.type == "attribute" else None
            base = node.child_by_field_name("object")
            if attribute is not None and attribute.text == b"__dict__" and base is not None:
                yield base

    def _is_model(self, cls: str) -> bool:
        """Whether pydantic shows the object: by its fields, not by what is loaded."""
        return "SQLModel" in self.types.mapping.names.foreign_bases(self.types.mapping.classes[cls].cls)
