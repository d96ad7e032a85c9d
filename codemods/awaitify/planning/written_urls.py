"""The database URLs that the source spells out for an engine: its own argument, and what the names in it may hold."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from awaitify.planning.engine_options import url_node
from awaitify.project.index import Call, File, Project, text_of

MEMORY = re.compile(r"sqlite(\+pysqlite)?://(/:memory:)?")
QUOTED = re.compile(r"[rbuf]*([\"'])(.*?)\1", re.DOTALL)
DEPTH = 3


def written_urls(project: Project, home: File, call: Call) -> list[str]:
    """The texts that the URL of an engine may be; those of settings are looked up by the name of the attribute."""
    return list(_texts(url_node(call) or call.arguments[0], home, project, DEPTH)) if call.arguments else []


def _texts(node: Node, home: File, project: Project, depth: int) -> Iterator[str]:
    if node.type == "string":
        found = QUOTED.fullmatch(text_of(node))
        yield from [found.group(2)] if found else []
    elif node.type == "identifier" and depth:
        for value in assigned(text_of(node), home):
            yield from _texts(value, home, project, depth - 1)
    elif node.type == "attribute" and depth:
        for value in _settings(text_of(node).rpartition(".")[2], project):
            yield from _texts(value, home, project, depth - 1)
    elif node.type != "attribute":
        for child in node.named_children:
            yield from _texts(child, home, project, depth)


def assigned(name: str, home: File) -> Iterator[Node]:
    """What a name of the file is assigned, anywhere in it."""
    for node in home.names:
        parent = node.parent
        if parent is not None and parent.type == "assignment" and text_of(node) == name:
            right = parent.child_by_field_name("right")
            if parent.child_by_field_name("left") == node and right is not None:
                yield right


def _settings(name: str, project: Project) -> Iterator[Node]:
    """What fields of this name are assigned in the classes of the service."""
    for file in project.files:
        for node in file.names if not file.is_test else ():
            parent = node.parent
            if parent is None or parent.type != "assignment" or text_of(node) != name:
                continue
            right = parent.child_by_field_name("right")
            if is_field(parent, node) and right is not None:
                yield right


def is_field(assignment: Node, name: Node) -> bool:
    """Whether an assignment to a name stands in the body of a class."""
    block = assignment.parent.parent if assignment.parent is not None else None
    holder = block.parent if block is not None else None
    return assignment.child_by_field_name("left") == name and holder is not None and holder.type == "class_definition"
