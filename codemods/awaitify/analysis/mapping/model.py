"""What a mapping holds: mapped classes, their relationships and columns, and what a class body assigns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from tree_sitter import Node

from awaitify.analysis.loading.names import Names
from awaitify.project.index import Class, File, Function, text_of

#: The bases of schemas.
SCHEMA_BASES = {"BaseModel", "SQLModel", "GenericModel", "RootModel"}
EAGER = {"selectin", "joined", "subquery", "immediate", "False"}


@dataclass(eq=False, slots=True)
class Relationship:
    """One side of a relationship. lazy: the mode in effect ("select" by default); node: the `relationship(...)` call,
    or for a backref the value of the `backref=` argument; inverse: the attribute's name on the other side; passes_on:
    whether a refresh of the owner expires what it leads to (`cascade="all"`)."""

    owner: str
    name: str
    target: str
    lazy: str
    uselist: bool
    node: Node
    file: File
    inverse: str = ""
    sqlmodel: bool = False
    from_backref: bool = False
    passes_on: bool = False

    @property
    def eager(self) -> bool:
        """Whether it loads with its owner."""
        return self.lazy in EAGER


@dataclass(eq=False, slots=True)
class MappedClass:
    """A mapped class with what it inherits. late: column -> why reading it may emit SQL ("onupdate", "deferred",
    "column_property"); keys: the primary key's; proxies: association_proxy -> (relationship, attribute)."""

    cls: Class
    relationships: dict[str, Relationship] = field(default_factory=dict)
    columns: set[str] = field(default_factory=set)
    late: dict[str, str] = field(default_factory=dict)
    properties: dict[str, Function] = field(default_factory=dict)
    proxies: dict[str, tuple[str, str]] = field(default_factory=dict)
    keys: set[str] = field(default_factory=set)
    lineage: frozenset[str] = frozenset()

    @property
    def attributes(self) -> set[str]:
        """Every name that an instance answers to, methods left out."""
        return self.columns | self.loading

    @property
    def loading(self) -> set[str]:
        """The attributes that may send a statement when they are read."""
        return set(self.relationships) | set(self.late) | set(self.properties) | set(self.proxies)


@dataclass(eq=False, slots=True)
class Mapping:
    """All mapped classes by id. imperative: classes mapped by `map_imperatively`, about which nothing is known;
    subclass_columns: columns that only a subclass has -> the subclass; foreign: id of a class -> what its foreign keys
    name, as it is written, once that was asked for."""

    classes: dict[str, MappedClass]
    names: Names
    imperative: set[str] = field(default_factory=set)
    subclass_columns: dict[str, str] = field(default_factory=dict)
    foreign: dict[str, list[str]] = field(default_factory=dict)

    def get(self, cls_id: str) -> MappedClass | None:
        """By id."""
        return self.classes.get(cls_id)

    def related(self, one: str, other: str) -> bool:
        """Whether two mapped classes are the same or share a mapped ancestor."""
        first, second = self.classes.get(one), self.classes.get(other)
        return one == other or bool(first and second and first.lineage & second.lineage)

    def is_way_back(self, before: Relationship, relationship: Relationship) -> bool:
        """Whether a relationship is the one-sided other side of the one before it, by its classes and not its name
        alone: then the object that was left is what it leads to, and the identity map has it."""
        left = self.classes.get(before.owner)
        leads_back = left is not None and relationship.target in left.lineage | {before.owner}
        return leads_back and before.name == relationship.inverse and not relationship.uselist

    def relationship_names(self) -> set[str]:
        """The names of all relationships."""
        return {name for item in self.classes.values() for name in item.relationships}


def body_of(cls: Class) -> Iterator[tuple[str, Node]]:
    """(name, assignment) of what a class body assigns or annotates."""
    body = cls.node.child_by_field_name("body")
    for statement in body.named_children if body else []:
        node = statement.named_children[0] if statement.type == "expression_statement" else None
        left = node.child_by_field_name("left") if node is not None and node.type == "assignment" else None
        if node is not None and left is not None and left.type == "identifier":
            yield text_of(left), node


def assigned(cls: Class) -> dict[str, Node | None]:
    return {name: node.child_by_field_name("right") for name, node in body_of(cls)}


def annotations_of(cls: Class) -> dict[str, Node]:
    found = {name: node.child_by_field_name("type") for name, node in body_of(cls)}
    return {name: kind for name, kind in found.items() if kind is not None}
