"""Whether eager mappings reach a read: `lazy="selectin"` stops where a path comes back to a class it passed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tree_sitter import Node

from awaitify.analysis.loading.types import Types
from awaitify.analysis.mapping.model import Mapping, Relationship
from awaitify.project.index import Function, text_of

Edge = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an object came from. kind: "query", "get", "new" or "unknown"; root: the class that was loaded;
    path: the relationships from there to the object."""

    kind: str
    root: str = ""
    path: tuple[str, ...] = ()


def origin(types: Types, function: Function, node: Node, depth: int = 0) -> Origin:
    """Follows one expression back to the query, the get or the constructor that it came from."""
    if depth > 10:
        return Origin("unknown")
    value = types.value(function, node)
    if node.type == "attribute" and value is not None:
        base, attribute = node.child_by_field_name("object"), node.child_by_field_name("attribute")
        if base is not None and attribute is not None:
            held = origin(types, function, base, depth + 1)
            return Origin(held.kind, held.root, (*held.path, text_of(attribute)))
    if node.type == "identifier":
        bindings = types.bindings(function).get(text_of(node), [])
        found = {origin(types, function, right, depth + 1) for _, right in bindings}
        return found.pop() if len(found) == 1 and function.param(text_of(node)) is None else Origin("unknown")
    if node.type in ("await", "parenthesized_expression"):
        return origin(types, function, node.named_children[-1], depth + 1)
    if value is None:
        return Origin("unknown")
    if value.new:
        return Origin("new", value.cls)
    if node.type == "subscript":
        return origin(types, function, node.named_children[0], depth + 1)
    if node.type == "call":
        return Origin(_call_kind(types, function, node), value.cls)
    return Origin("unknown")


def _call_kind(types: Types, function: Function, node: Node) -> str:
    """A query when the chain goes down to `query(A)`/`select(A)` in the same function; get for `s.get(A, ...)`."""
    current: Node | None = node
    while current is not None and current.type == "call":
        callee = current.child_by_field_name("function")
        name = text_of(callee).rpartition(".")[2] if callee is not None else ""
        if name in ("query", "select"):
            return "query"
        base = callee.child_by_field_name("object") if callee is not None and callee.type == "attribute" else None
        value = types.value(function, base) if base is not None else None
        if value is not None and value.shape == "query" and base is not None and base.type == "identifier":
            return "query"
        if name in ("get", "get_one"):
            return "get"
        if name in ("scalar", "scalars", "execute", "exec"):
            return "query"
        current = base
    return "unknown"


class Graph:
    """The relationships that load with their owner: those of the mapping, and those that the cures add."""

    def __init__(self, mapping: Mapping, added: Iterable[Edge]):
        self.mapping = mapping
        self.edges: dict[str, list[Relationship]] = {}
        chosen = set(added)
        for cls, mapped in mapping.classes.items():
            self.edges[cls] = [
                item for item in mapped.relationships.values() if item.eager or (cls, item.name) in chosen
            ]

    def is_unsafe(self, relationship: Relationship, cls: str) -> bool:
        """Whether some eager path through the relationship's target loads its owner, and so leaves it out."""
        seen: set[str] = set()
        queue = [relationship.target]
        while queue:
            item = queue.pop()
            if item in seen:
                continue
            seen.add(item)
            for edge in self._leaving(item):
                inverse = edge.name == relationship.inverse and item == relationship.target
                if inverse and not relationship.uselist:
                    continue  # coming back along the collection: the identity map has the parent
                if self.mapping.related(edge.target, cls):
                    return True
                queue.append(edge.target)
        return False

    def _leaving(self, cls: str) -> list[Relationship]:
        return [edge for other in self.edges if self.mapping.related(other, cls) for edge in self.edges[other]]

    def reaches(
        self, relationship: Relationship, cls: str, start: Origin, path: tuple[str, ...], is_held: bool = True
    ) -> bool:
        """Whether `relationship` of an object of class cls is certainly loaded when the object is. is_held: whether
        what was left along a collection is still there."""
        if self.mapping.related(cls, relationship.target):
            return False
        whole = (*start.path, *path)
        if is_held and self._comes_back(relationship, start, whole):
            return True
        if not self.is_unsafe(relationship, cls):
            return True
        if start.kind != "query":
            return False
        passed = self.classes_on(start.root, whole)
        return passed is not None and not any(self.mapping.related(item, relationship.target) for item in passed)

    def has_passed(self, relationship: Relationship, root: str, path: tuple[str, ...], is_held: bool) -> bool:
        """Whether an object was loaded over one of the class that a relationship leads to: the eager load stops there,
        where it does not lead back along a collection."""
        passed = self.classes_on(root, path) if root and path else None
        if passed is None or (is_held and self._comes_back(relationship, Origin("", root), path)):
            return False
        return any(self.mapping.related(item, relationship.target) for item in passed[:-1])

    def _comes_back(self, relationship: Relationship, start: Origin, path: tuple[str, ...]) -> bool:
        """Whether the last step of the path went along the other side: the identity map has the parent."""
        if not path or path[-1] != relationship.inverse:
            return False
        passed = self.classes_on(start.root, path[:-1]) if start.root else None
        owners = passed[-1:] if passed is not None else list(self.mapping.classes)
        steps = [mapped.relationships.get(path[-1]) for cls in owners if (mapped := self.mapping.get(cls)) is not None]
        known = [step for step in steps if step is not None and self.mapping.related(step.target, relationship.owner)]
        return bool(known) and all(self.mapping.is_way_back(step, relationship) for step in known)

    def classes_on(self, root: str, path: tuple[str, ...]) -> list[str] | None:
        """The classes from the root along the path; None when a step is no relationship."""
        passed = [root]
        for name in path:
            mapped = self.mapping.get(passed[-1])
            if mapped is None or name not in mapped.relationships:
                return None
            passed.append(mapped.relationships[name].target)
        return passed
