"""What relationships without an annotation lead to, which the checker is told: `books = relationship("Book")`.

Backrefs are attributes of the other class that no statement there makes; it is told of them too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from tree_sitter import Node

from awaitify.analysis.loading.names import keyword
from awaitify.analysis.mapping.finding import find_mapping
from awaitify.analysis.mapping.model import MappedClass, Relationship
from awaitify.project.index import Class, Project

MAPPED = "sqlalchemy.orm.Mapped"
#: For a file: (offset, what goes before the annotation, the fact).
Attributes = Mapping[Path, list[tuple[int, str, str]]]
LATER = ("dynamic", "write_only", "noload")


def relationship_facts(project: Project) -> Attributes:
    """The types of attributes for each file."""
    found: dict[Path, list[tuple[int, str, str]]] = defaultdict(list)
    mapping = find_mapping(project)
    for mapped in mapping.classes.values():
        for item in mapped.relationships.values():
            fact = _fact(item)
            place = _place(item, mapped) if fact else None
            if place is not None:
                cls, offset, before = place
                found[cls.file.path].append((offset, before, fact))
    return {path: list(dict.fromkeys(items)) for path, items in found.items()}


def _fact(item: Relationship) -> str:
    if item.lazy in LATER or "<locals>" in item.target or keyword(item.node, "collection_class") is not None:
        return ""
    return f"{MAPPED}[builtins.list[{item.target}]]" if item.uselist else f"{MAPPED}[{item.target}]"


def _place(item: Relationship, mapped: MappedClass) -> tuple[Class, int, str] | None:
    """The class, the offset in its file, and what stands before the colon."""
    if item.from_backref:
        end = _last_statement(mapped.cls.node)
        is_own = item.owner == mapped.cls.id and "<locals>" not in mapped.cls.id
        return (mapped.cls, end, f"; {item.name}") if end and is_own else None
    assignment = item.node.parent
    left = assignment.child_by_field_name("left") if assignment is not None else None
    is_plain = assignment is not None and assignment.type == "assignment" and left is not None
    if not is_plain or left is None or assignment is None or assignment.child_by_field_name("type") is not None:
        return None
    inside = mapped.cls.file is item.file and mapped.cls.node.start_byte <= left.start_byte < mapped.cls.node.end_byte
    return (mapped.cls, left.end_byte, "") if inside and left.type == "identifier" else None


def _last_statement(cls: Node) -> int:
    """Where the last simple statement of a class body ends; 0 without one."""
    body = cls.child_by_field_name("body")
    found = [item for item in body.named_children if item.type == "expression_statement"] if body is not None else []
    return found[-1].end_byte if found else 0
