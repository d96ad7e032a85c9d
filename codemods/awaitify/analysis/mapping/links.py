"""The tables between two classes: what the code calls them, or the class that is mapped to one."""

from __future__ import annotations

from tree_sitter import Node

from awaitify.analysis.loading.names import keyword, positional, string_value
from awaitify.analysis.mapping.model import Mapping, Relationship, assigned
from awaitify.analysis.mapping.relationships import value_in_dict
from awaitify.project.index import File, text_of

#: Before the name of a table that no class is mapped to.
TABLE = "table:"
KEYWORDS = ("secondary", "link_model")


def link_of(relationship: Relationship, mapping: Mapping) -> str:
    """The id of the class that is mapped to the table between, or the table's name after `TABLE`; "" for none."""
    if relationship.from_backref:
        other = mapping.classes[relationship.target].relationships.get(relationship.inverse)
        return link_of(other, mapping) if other is not None and not other.from_backref else ""
    node = _written(relationship)
    if node is None:
        return ""
    if node.type == "lambda":
        node = node.child_by_field_name("body") or node
    written = string_value(node)
    return _of_name(written, mapping) if written else link_named(relationship.file, node, mapping)


def _written(relationship: Relationship) -> Node | None:
    """What the relationship says of the table: by a keyword, behind its class, or in what SQLModel passes on."""
    call = relationship.node
    told = next((found for key in KEYWORDS if (found := keyword(call, key)) is not None), None)
    kwargs = keyword(call, "sa_relationship_kwargs")
    if told is None and kwargs is not None:
        told = value_in_dict(kwargs, "secondary")
    given = positional(call) if told is None and not relationship.sqlmodel else []
    return given[1] if len(given) > 1 else told


def link_named(file: File, node: Node, mapping: Mapping) -> str:
    """What an expression names as a table: `links`, `models.links`, `Link`, `Link.__table__`."""
    text = text_of(node).removesuffix(".__table__")
    cls = mapping.names.find(file, text)
    return cls.id if cls is not None and cls.id in mapping.classes else TABLE + text.rpartition(".")[2]


def _of_name(name: str, mapping: Mapping) -> str:
    for cls_id, mapped in mapping.classes.items():
        tables = [assigned(base).get("__tablename__") for base in mapping.names.bases(mapped.cls)]
        if name in (mapped.cls.name, *(string_value(table) for table in tables)):
            return cls_id
    return TABLE + name


def link_tables(mapping: Mapping) -> set[str]:
    """All tables between two classes, as `link_of` gives them."""
    found = {link_of(item, mapping) for mapped in mapping.classes.values() for item in mapped.relationships.values()}
    return found - {""}
