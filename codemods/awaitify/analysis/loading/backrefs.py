"""New objects that a session of SQLAlchemy 1.4 takes in along a backref (`cascade_backrefs`), which an AsyncSession,
whose inner session is one of the future mode, does not: without `add` they would not be saved."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from awaitify.analysis.loading.names import last_name, positional, walk_own
from awaitify.analysis.loading.types import Types
from awaitify.project.index import Function, ancestors, text_of

TAKEN_BY = {"add", "add_all", "merge"}
GROWN_BY = {"append", "extend", "add", "insert"}
WHY = "`{}` comes into the session along {}.{} alone, which an AsyncSession of SQLAlchemy 1.4 does not do: add it"


def cascaded(function: Function, types: Types) -> Iterator[tuple[Node, str]]:
    """(place, why) of each new object that gets a relationship with another side, and is given to no session."""
    taken = {text_of(item) for call in _calls(function, TAKEN_BY) for item in _held(call)}
    for node in walk_own(function.node):
        for cls, name, made in [*_constructed(function, node, types), *_changed(function, node, types)]:
            relationship = types.mapping.classes[cls].relationships.get(name)
            if relationship is None or not relationship.inverse or text_of(made) in taken or _is_taken(made):
                continue
            yield node, WHY.format(text_of(made)[:40], cls.rpartition(".")[2], name)


def _calls(function: Function, names: set[str]) -> Iterator[Node]:
    yield from (node for node in walk_own(function.node) if node.type == "call" and last_name(node) in names)


def _held(call: Node) -> Iterator[Node]:
    """What a call takes, and the elements of lists among it."""
    for item in positional(call):
        yield item
        yield from item.named_children if item.type in ("list", "tuple") else ()


def _is_taken(made: Node) -> bool:
    """Whether an object is made inside a call that takes it."""
    return made.type == "call" and any(
        above.type == "call" and last_name(above) in TAKEN_BY | GROWN_BY for above in ancestors(made)
    )


def _constructed(function: Function, node: Node, types: Types) -> Iterator[tuple[str, str, Node]]:
    """(class, relationship, the object) of `Book(author=author)`."""
    callee = node.child_by_field_name("function") if node.type == "call" else None
    cls = types.class_called(function, callee) if callee is not None else None
    if cls is None or cls.id not in types.mapping.classes:
        return
    parent = node.parent
    left = parent.child_by_field_name("left") if parent is not None and parent.type == "assignment" else None
    arguments = node.child_by_field_name("arguments")
    for item in arguments.named_children if arguments is not None else ():
        name, value = item.child_by_field_name("name"), item.child_by_field_name("value")
        if name is not None and value is not None and value.type not in ("none", "list"):
            yield cls.id, text_of(name), left if left is not None else node


def _changed(function: Function, node: Node, types: Types) -> Iterator[tuple[str, str, Node]]:
    """(class, relationship, the object) of `book.author = author` and `author.books.append(book)`, of a new object."""
    place = node.child_by_field_name("left") if node.type == "assignment" else None
    if node.type == "call" and last_name(node) in GROWN_BY:
        callee = node.child_by_field_name("function")
        place = callee.child_by_field_name("object") if callee is not None else None
    made = place.child_by_field_name("object") if place is not None and place.type == "attribute" else None
    value = types.value(function, made) if made is not None else None
    name = place.child_by_field_name("attribute") if place is not None else None
    if made is not None and name is not None and value is not None and value.new:
        yield value.cls, text_of(name), made
