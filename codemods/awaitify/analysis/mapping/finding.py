"""The mapped classes of a project: relationships, columns that load late, and attributes computed from them."""

from __future__ import annotations

from collections.abc import Iterable

from tree_sitter import Node

from awaitify.analysis.loading.names import Names, keyword, last_name, positional, string_value, walk
from awaitify.analysis.mapping.model import MappedClass, Mapping, annotations_of, assigned
from awaitify.analysis.mapping.outside import Attribute, outside_attributes
from awaitify.analysis.mapping.relationships import RELATIONSHIPS, add_backrefs, relationship_of
from awaitify.project.index import Class, Function, Project, text_of

COLUMNS = {"Column", "mapped_column", "deferred", "column_property", "query_expression", "Field"}
MAPPED_BASES = {"DeclarativeBase", "MappedAsDataclass", "DeclarativeBaseNoMeta", "Model"}
SHOWN = {"__repr__", "__str__"}
PROPERTIES = {"property", "hybrid_property", "cached_property", "computed_field"}


def find_mapping(project: Project) -> Mapping:
    """Reads the mapping of the whole project."""
    names = Names(project)
    mapping = Mapping({}, names, _imperative(project, names))
    for file in project.files:
        for cls in file.classes:
            if is_mapped(cls, names):
                mapping.classes[cls.id] = MappedClass(cls)
    outside = outside_attributes(project, names)
    for mapped in mapping.classes.values():
        lineage = [base for base in names.bases(mapped.cls) if base.id in mapping.classes]
        mapped.lineage = frozenset(base.id for base in lineage)
        for base in reversed(names.bases(mapped.cls)):
            _read_body(base, outside.get(base.id, ()), mapped, mapping)
    add_backrefs(mapping)
    return mapping


def is_mapped(cls: Class, names: Names) -> bool:
    """Whether a table stands behind the class itself (bases and mixins without a table: no)."""
    table = keyword(cls.node, "table")
    if table is not None:
        return text_of(table) == "True"
    if keyword(cls.node, "__abstract__") is not None or "__abstract__" in assigned(cls):
        return False
    own = assigned(cls)
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
    is_made = cls.id in names.behind_bases or "as_declarative" in text_of(cls.node.parent or cls.node)[:200]
    return is_made or bool(names.foreign_bases(cls) & MAPPED_BASES)


def _imperative(project: Project, names: Names) -> set[str]:
    found = set()
    for file in project.files:
        for call in file.calls:
            if last_name(call.callee) in ("map_imperatively", "mapper") and call.arguments:
                cls = names.find(file, text_of(call.arguments[0]))
                if cls is not None:
                    found.add(cls.id)
    return found


def _read_body(base: Class, outside: Iterable[Attribute], mapped: MappedClass, mapping: Mapping) -> None:
    annotations = annotations_of(base)
    own = [Attribute(name, value, base.file, annotations.get(name)) for name, value in assigned(base).items()]
    for attribute in (*own, *outside):
        if not attribute.name.startswith("__"):
            _read_attribute(attribute, mapped, mapping)
    for name, method in base.methods.items():
        decorators = {last_name(item.named_children[0]) for item in method.decorators if item.named_children}
        if decorators & PROPERTIES or name in SHOWN:
            mapped.properties[name] = method
        elif "declared_attr" in decorators or any("declared_attr" in text_of(item) for item in method.decorators):
            _declared(base, name, method, mapped, mapping)


def _read_attribute(attribute: Attribute, mapped: MappedClass, mapping: Mapping) -> None:
    name, value, file, annotation = attribute
    called = last_name(value) if value is not None and value.type == "call" else ""
    if value is not None and called in RELATIONSHIPS:
        relationship = relationship_of(file, name, value, annotation, mapped, mapping)
        if relationship is not None:
            mapped.relationships[name] = relationship
    elif value is not None and called == "association_proxy":
        parts = [*positional(value), None, None]
        target, attr = keyword(value, "target_collection") or parts[0], keyword(value, "attr") or parts[1]
        mapped.proxies[name] = (string_value(target) or "", string_value(attr) or "")
    elif value is not None and called in PROPERTIES:
        given = {text_of(part) for part in positional(value)}
        method = next((item for item in file.functions if item.name in given), None)
        if method is not None:
            mapped.properties[name] = method
    elif "ClassVar" not in text_of(annotation or mapped.cls.node)[:60] or called in COLUMNS:
        mapped.columns.add(name)
        if value is not None and value.type == "call" and _is_key(value):
            mapped.keys.add(name)
        why = _late(value, called)
        if why:
            mapped.late[name] = why


def _declared(base: Class, name: str, method: Function, mapped: MappedClass, mapping: Mapping) -> None:
    for node in walk(method.node):
        if node.type == "call" and last_name(node) in RELATIONSHIPS:
            found = relationship_of(base.file, name, node, None, mapped, mapping)
            if found is not None:
                mapped.relationships[name] = found
            return
    mapped.columns.add(name)


def _is_key(value: Node) -> bool:
    return any(keyword(node, "primary_key") is not None for node in walk(value) if node.type == "call")


def _late(value: Node | None, called: str) -> str:
    if value is None or value.type != "call":
        return ""
    deferred = keyword(value, "deferred")
    if called == "deferred" or (deferred is not None and text_of(deferred) == "True"):
        return "deferred"
    if called == "column_property":
        return "column_property"
    for node in walk(value):
        name = last_name(node) if node.type == "call" else ""
        onupdate = keyword(node, "onupdate") if name and name != "ForeignKey" else None
        is_sql = onupdate is not None and _is_sql(onupdate)
        if is_sql or name == "Computed" or (name and keyword(node, "server_onupdate") is not None):
            return "onupdate"
    return ""


def _is_sql(node: Node) -> bool:
    """Whether an onupdate value is computed by the database (`func.now()`), not by Python."""
    text = text_of(node)
    return node.type == "call" and (text.startswith(("func.", "sa.func.", "text(", "sa.text(")) or ".func." in text)
