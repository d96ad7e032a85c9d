"""The mapped classes of a project: relationships, columns that load late, and attributes computed from them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from tree_sitter import Node

from awaitify.analysis.loading_names import Names, is_collection, keyword, last_name, positional, string_value, walk
from awaitify.project.index import Class, File, Function, Project, text_of

RELATIONSHIPS = {"relationship", "Relationship", "relation"}
COLUMNS = {"Column", "mapped_column", "deferred", "column_property", "query_expression", "Field"}
MAPPED_BASES = {"DeclarativeBase", "MappedAsDataclass", "DeclarativeBaseNoMeta", "Model"}
EAGER = {"selectin", "joined", "subquery", "immediate", "False"}
PROPERTIES = {"property", "hybrid_property", "cached_property", "computed_field"}


@dataclass(eq=False, slots=True)
class Relationship:
    """One side of a relationship. lazy: the mode in effect ("select" by default); node: the `relationship(...)` call,
    or for a backref the value of the `backref=` argument; inverse: the attribute's name on the other side."""

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

    @property
    def eager(self) -> bool:
        """Whether it loads with its owner."""
        return self.lazy in EAGER


@dataclass(eq=False, slots=True)
class MappedClass:
    """A mapped class with what it inherits. late: column -> why reading it may emit SQL ("onupdate", "deferred",
    "column_property"); proxies: association_proxy -> (relationship, attribute)."""

    cls: Class
    relationships: dict[str, Relationship] = field(default_factory=dict)
    columns: set[str] = field(default_factory=set)
    late: dict[str, str] = field(default_factory=dict)
    properties: dict[str, Function] = field(default_factory=dict)
    proxies: dict[str, tuple[str, str]] = field(default_factory=dict)
    lineage: frozenset[str] = frozenset()

    @property
    def attributes(self) -> set[str]:
        """Every name that an instance answers to, methods left out."""
        return self.columns | set(self.relationships) | set(self.late) | set(self.properties) | set(self.proxies)


@dataclass(eq=False, slots=True)
class Mapping:
    """All mapped classes by id. imperative: classes mapped by `map_imperatively`, about which nothing is known."""

    classes: dict[str, MappedClass]
    names: Names
    imperative: set[str] = field(default_factory=set)

    def get(self, cls_id: str) -> MappedClass | None:
        """By id."""
        return self.classes.get(cls_id)

    def related(self, one: str, other: str) -> bool:
        """Whether two mapped classes are the same or share a mapped ancestor."""
        first, second = self.classes.get(one), self.classes.get(other)
        return one == other or bool(first and second and first.lineage & second.lineage)

    def relationship_names(self) -> set[str]:
        """The names of all relationships."""
        return {name for item in self.classes.values() for name in item.relationships}


def find_mapping(project: Project) -> Mapping:
    """Reads the mapping of the whole project."""
    names = Names(project)
    mapping = Mapping({}, names, _imperative(project, names))
    for file in project.files:
        for cls in file.classes:
            if is_mapped(cls, names):
                mapping.classes[cls.id] = MappedClass(cls)
    for mapped in mapping.classes.values():
        lineage = [base for base in names.bases(mapped.cls) if base.id in mapping.classes]
        mapped.lineage = frozenset(base.id for base in lineage)
        for base in reversed(names.bases(mapped.cls)):
            _read_body(base, mapped, mapping)
    _add_backrefs(mapping)
    return mapping


def is_mapped(cls: Class, names: Names) -> bool:
    """Whether a table stands behind the class itself (bases and mixins without a table: no)."""
    table = keyword(cls.node, "table")
    if table is not None:
        return text_of(table) == "True"
    if keyword(cls.node, "__abstract__") is not None or "__abstract__" in _assigned(cls):
        return False
    own = _assigned(cls)
    if {"__tablename__", "__table__"} & own.keys():
        return True
    decorator = cls.node.parent if cls.node.parent and cls.node.parent.type == "decorated_definition" else None
    if decorator is not None and any(
        "mapped" in text_of(item) for item in decorator.named_children if item.type == "decorator"
    ):
        return True
    calls = {last_name(value) for value in own.values() if value is not None and value.type == "call"}
    has_columns = bool(calls & {"Column", "mapped_column"}) and not names.foreign_bases(cls) <= {""}
    parents = names.bases(cls)[1:]
    return (has_columns and any(_is_declarative(base, names) for base in parents)) or any(
        is_mapped(base, names) for base in parents if base.id != cls.id and not _is_sqlmodel(base, names)
    )


def _is_sqlmodel(cls: Class, names: Names) -> bool:
    return bool(names.foreign_bases(cls) & {"SQLModel", "BaseModel"})


def _is_declarative(cls: Class, names: Names) -> bool:
    return (
        bool(names.foreign_bases(cls) & MAPPED_BASES) or "as_declarative" in text_of(cls.node.parent or cls.node)[:200]
    )


def _imperative(project: Project, names: Names) -> set[str]:
    found = set()
    for file in project.files:
        for call in file.calls:
            if last_name(call.callee) in ("map_imperatively", "mapper") and call.arguments:
                cls = names.find(file, text_of(call.arguments[0]))
                if cls is not None:
                    found.add(cls.id)
    return found


def _body(cls: Class) -> Iterator[tuple[str, Node]]:
    """(name, assignment) of what a class body assigns or annotates."""
    body = cls.node.child_by_field_name("body")
    for statement in body.named_children if body else []:
        node = statement.named_children[0] if statement.type == "expression_statement" else None
        left = node.child_by_field_name("left") if node is not None and node.type == "assignment" else None
        if node is not None and left is not None and left.type == "identifier":
            yield text_of(left), node


def _assigned(cls: Class) -> dict[str, Node | None]:
    return {name: node.child_by_field_name("right") for name, node in _body(cls)}


def _annotations(cls: Class) -> dict[str, Node]:
    found = {name: node.child_by_field_name("type") for name, node in _body(cls)}
    return {name: kind for name, kind in found.items() if kind is not None}


def _read_body(base: Class, mapped: MappedClass, mapping: Mapping) -> None:
    annotations = _annotations(base)
    for name, value in _assigned(base).items():
        if name.startswith("__"):
            continue
        called = last_name(value) if value is not None and value.type == "call" else ""
        if value is not None and called in RELATIONSHIPS:
            relationship = _relationship(base, name, value, annotations.get(name), mapped, mapping)
            if relationship is not None:
                mapped.relationships[name] = relationship
        elif value is not None and called == "association_proxy":
            parts = [string_value(item) or "" for item in positional(value)]
            mapped.proxies[name] = (parts[0] if parts else "", parts[1] if len(parts) > 1 else "")
        elif "ClassVar" not in text_of(annotations.get(name) or base.node)[:60] or called in COLUMNS:
            mapped.columns.add(name)
            why = _late(value, called)
            if why:
                mapped.late[name] = why
    for name, method in base.methods.items():
        decorators = {last_name(item.named_children[0]) for item in method.decorators if item.named_children}
        if decorators & PROPERTIES:
            mapped.properties[name] = method
        elif "declared_attr" in decorators or any("declared_attr" in text_of(item) for item in method.decorators):
            _declared(base, name, method, mapped, mapping)


def _declared(base: Class, name: str, method: Function, mapped: MappedClass, mapping: Mapping) -> None:
    for node in walk(method.node):
        if node.type == "call" and last_name(node) in RELATIONSHIPS:
            found = _relationship(base, name, node, None, mapped, mapping)
            if found is not None:
                mapped.relationships[name] = found
            return
    mapped.columns.add(name)


def _late(value: Node | None, called: str) -> str:
    if value is None or value.type != "call":
        return ""
    deferred = keyword(value, "deferred")
    if called == "deferred" or (deferred is not None and text_of(deferred) == "True"):
        return "deferred"
    if called == "column_property":
        return "column_property"
    for node in walk(value):
        onupdate = keyword(node, "onupdate") if node.type == "call" and last_name(node) != "ForeignKey" else None
        if onupdate is not None and _is_sql(onupdate):
            return "onupdate"
    return ""


def _is_sql(node: Node) -> bool:
    """Whether an onupdate value is computed by the database (`func.now()`), not by Python."""
    text = text_of(node)
    return node.type == "call" and (text.startswith(("func.", "sa.func.", "text(", "sa.text(")) or ".func." in text)


def _relationship(
    base: Class, name: str, call: Node, annotation: Node | None, mapped: MappedClass, mapping: Mapping
) -> Relationship | None:
    target = _target(base, call, annotation, mapping)
    if target is None:
        return None
    kwargs = keyword(call, "sa_relationship_kwargs")
    mode = keyword(call, "lazy") or (_dict_value(kwargs, "lazy") if kwargs is not None else None)
    lazy = (string_value(mode) or text_of(mode)) if mode is not None else "select"
    if annotation is not None and last_name(annotation.named_children[0]) in ("DynamicMapped", "WriteOnlyMapped"):
        lazy = "dynamic"
    inverse = string_value(keyword(call, "back_populates")) or _backref_name(call) or ""
    return Relationship(
        mapped.cls.id, name, target, "select" if lazy == "True" else lazy,
        _uselist(call, annotation, mapped, target, mapping), call, base.file, inverse,
        last_name(call) == "Relationship",
    )  # fmt: skip


def _dict_value(node: Node, key: str) -> Node | None:
    pairs = [pair for pair in node.named_children if pair.type == "pair"]
    found = [pair for pair in pairs if string_value(pair.child_by_field_name("key")) == key]
    return found[0].child_by_field_name("value") if found else None


def _target(base: Class, call: Node, annotation: Node | None, mapping: Mapping) -> str | None:
    arguments = [] if last_name(call) == "Relationship" else positional(call)
    written = keyword(call, "argument") or (arguments[0] if arguments else None)
    nodes = [node for node in (written, annotation) if node is not None]
    named = [cls.id for node in nodes for cls in mapping.names.in_annotation(base.file, node)]
    found = next((cls for cls in named if cls in mapping.classes), None)
    return found or next((cls for node in nodes for cls in _registered(node, mapping)), None)


def _registered(node: Node, mapping: Mapping) -> Iterator[str]:
    """Mapped classes by the name in a string: SQLAlchemy looks in its registry, where no schema of that name stands."""
    words = {word for item in walk(node) for word in re.findall(r"\w+", string_value(item) or "")}
    yield from (name for name, mapped in mapping.classes.items() if mapped.cls.name in words)


def _uselist(call: Node, annotation: Node | None, mapped: MappedClass, target: str, mapping: Mapping) -> bool:
    written = keyword(call, "uselist")
    if written is not None:
        return text_of(written) != "False"
    if annotation is not None:
        return is_collection(text_of(annotation))
    if keyword(call, "secondary") is not None:
        return True
    return not _points_to(mapped.cls, target, mapping)


def points_to(relationship: Relationship, mapping: Mapping) -> bool:
    """Whether the owner has the foreign key (many to one)."""
    return _points_to(mapping.classes[relationship.owner].cls, relationship.target, mapping)


def _points_to(cls: Class, target: str, mapping: Mapping) -> bool:
    """Whether a foreign key of the class names the target's table."""
    owner = mapping.classes[target].cls
    name = string_value(_assigned(owner).get("__tablename__")) or owner.name.lower()
    for base in mapping.names.bases(cls):
        for node in walk(base.node):
            if node.type == "call" and last_name(node) == "ForeignKey":
                arguments = positional(node)
                written = (string_value(arguments[0]) or text_of(arguments[0])) if arguments else ""
                if name in written.split(".")[:-1] or owner.name in written.split("."):
                    return True
    return False


def _backref_name(call: Node) -> str | None:
    value = keyword(call, "backref")
    if value is not None and value.type == "call":
        arguments = positional(value)
        return string_value(arguments[0]) if arguments else None
    return string_value(value)


def _add_backrefs(mapping: Mapping) -> None:
    for mapped in list(mapping.classes.values()):
        for relationship in list(mapped.relationships.values()):
            value = keyword(relationship.node, "backref")
            name = _backref_name(relationship.node)
            target = mapping.classes.get(relationship.target)
            if relationship.from_backref or value is None or not name or target is None:
                continue
            mode = keyword(value, "lazy") if value.type == "call" else None
            uselist = keyword(value, "uselist") if value.type == "call" else None
            many = keyword(relationship.node, "secondary") is not None or not relationship.uselist
            target.relationships.setdefault(name, Relationship(
                relationship.target, name, relationship.owner, string_value(mode) or "select",
                many and (uselist is None or text_of(uselist) != "False"), value, relationship.file, relationship.name,
                from_backref=True,
            ))  # fmt: skip
