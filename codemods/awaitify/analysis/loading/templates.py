"""Templates read objects too: each relationship that a rendered template reads must be loaded when it is handed over.

What is read from an object under a name of the context is a read like those of a response model. Of what else a
template reads only the names are known: they are refused, as far as the objects lead to a relationship of that name."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from awaitify.analysis.loading.names import CONTAINERS
from awaitify.analysis.loading.reads import Read
from awaitify.analysis.loading.rendering import Rendering, renderings
from awaitify.analysis.loading.template_calls import TemplateCalls
from awaitify.analysis.loading.template_files import template_files
from awaitify.analysis.loading.template_text import Chain
from awaitify.analysis.loading.types import Types
from awaitify.project.index import Function

HOLDERS = CONTAINERS | {"dict", "defaultdict", "Mapping", "Iterator", "Generator", "Row", "Result", "ScalarResult"}
# What Jinja itself gives every template.
OWN = {"loop", "self", "super", "range", "url_for", "namespace"}


class Templates:
    """What the project's templates read."""

    def __init__(self, types: Types):
        self.types, self.files = types, template_files(types.project)
        self.calls = TemplateCalls(types.project, types.mapping)

    def reads(self, function: Function) -> tuple[list[Read], list[tuple[Node, str]]]:
        """What the templates that a function renders read; (place, name of a relationship) of what is not known."""
        reads: list[Read] = []
        refused: list[tuple[Node, str]] = []
        for rendering in renderings(function, self.files.is_template):
            self.types.ask([(function, node) for nodes in rendering.given.values() for node in nodes])
            loose: set[str] = set()
            for item in self._found(function, rendering):
                if isinstance(item, Read):
                    reads.append(item)
                else:
                    loose |= item
            refused += [(rendering.call, name) for name in sorted(loose)]
        return reads, refused

    def _found(self, function: Function, rendering: Rendering) -> Iterator[Read | set[str]]:
        """Reads, and the names of relationships that are read somewhere."""
        names = self.types.mapping.relationship_names()
        for chain in sorted(self._chains(rendering), key=lambda item: (item.root, item.names)):
            given = rendering.given.get(chain.root) if rendering.names else None
            for node in given or ():
                yield from self._followed(function, node, chain, rendering.names)
            if given is None and chain.root not in OWN and names.intersection(chain.names):
                yield names.intersection(chain.names) & self._reach(function, rendering)
        called = names.intersection(self.calls.read(self.files.parsed(rendering.names).code, rendering.given))
        if called:
            yield called & self._reach(function, rendering)

    def _chains(self, rendering: Rendering) -> set[Chain]:
        return {chain for chain in self.files.parsed(rendering.names).chains(rendering.given) if chain.names}

    def _followed(self, function: Function, node: Node, chain: Chain, names: list[str]) -> Iterator[Read | set[str]]:
        """The reads along a chain that starts at a value of the context."""
        value = self.types.value(function, node)
        if value is None or not value.cls:
            unknown = value is not None or self._may_hold_objects(function, node)
            yield self.types.mapping.relationship_names().intersection(chain.names) if unknown else set()
            return
        cls, via = value.cls, f"{'.'.join((chain.root, *chain.names))} in {', '.join(names)}"
        if value.shape not in ("one", "many"):
            yield self._within_reach(cls).intersection(chain.names)
            return
        for number, name in enumerate(chain.names):
            mapped = self.types.mapping.get(cls)
            if mapped is None or name in mapped.columns - mapped.loading:
                return
            if name in mapped.loading:
                yield Read(function, cls, name, node, node, chain.names[:number], via)
            if name not in mapped.relationships:
                yield self._within_reach(cls).intersection(chain.names[number + 1 :])
                return
            cls = mapped.relationships[name].target

    def _may_hold_objects(self, function: Function, node: Node) -> bool:
        """Whether a value of another class may lead to mapped objects: a container, or an object of the project."""
        told = self.types.told(function, node)
        projects = self.types.project.classes
        return told is None or any(name in projects or name.rpartition(".")[2] in HOLDERS for name in told)

    def _reach(self, function: Function, rendering: Rendering) -> set[str]:
        """The names of relationships that may be read from what a context holds."""
        if not rendering.is_whole:
            return self.types.mapping.relationship_names()
        values = [self.types.value(function, node) for nodes in rendering.given.values() for node in nodes]
        return {name for value in values if value is not None for name in self._within_reach(value.cls)}

    def _within_reach(self, cls: str) -> set[str]:
        """The names of the relationships of a class and of the classes that they lead to."""
        seen: set[str] = set()
        names: set[str] = set()
        queue = [cls]
        while queue:
            mapped = self.types.mapping.get(queue.pop())
            if mapped is not None and mapped.cls.id not in seen:
                seen.add(mapped.cls.id)
                names |= mapped.relationships.keys() & mapped.attributes
                queue += [item.target for item in mapped.relationships.values()]
        return names
