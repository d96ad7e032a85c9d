"""Items of the lists that dictionaries hold under a key, where the project writes all of them out.

`for cell in row.get("cells", [])` goes over dictionaries when every `"cells": ...` of the project is a list of those,
whatever they hold themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from awaitify.analysis.loading.names import last_name, positional, string_value, walk
from awaitify.analysis.local_bindings import bound_to
from awaitify.project.index import File, Function, Project, ancestors, text_of

#: What is written out, and has no method that waits.
WRITTEN = {
    "dictionary", "dictionary_comprehension", "list", "list_comprehension", "tuple", "set", "string", "integer",
    "float", "none", "true", "false",
}  # fmt: skip
ADDING = {"append", "extend", "insert", "setdefault"}
#: Calls whose keywords are keys.
KEYED = {"dict", "update"}


def is_written_item(name: Node, function: Function | None, project: Project) -> bool:
    """Whether a name goes over nothing but lists under a key, all of whose items are written out in the project."""
    if name.type != "identifier" or function is None:
        return False
    bound = list(bound_to(text_of(name), function.node))
    keys = [_key(value) if is_part and value is not None else "" for value, is_part in bound]
    return bool(keys) and all(key and _are_written(key, project) for key in set(keys))


def _key(node: Node) -> str:
    """The key of `row["cells"]`, `row.get("cells", [])` and `row.get("cells") or []`."""
    while node.type == "parenthesized_expression" and node.named_children:
        node = node.named_children[0]
    if node.type == "boolean_operator":
        return _key(node.named_children[0]) if _is_empty(node.named_children[-1]) else ""
    if node.type == "subscript":
        return string_value(node.child_by_field_name("subscript")) or ""
    given = positional(node) if node.type == "call" and last_name(node) == "get" else []
    is_plain = len(given) == 1 or (len(given) == 2 and (given[1].type == "none" or _is_empty(given[1])))
    return (string_value(given[0]) or "") if is_plain else ""


def _is_empty(node: Node) -> bool:
    return node.type in ("list", "tuple") and not node.named_children


def _are_written(key: str, project: Project) -> bool:
    found = [item for file in project.files if not file.is_test for item in _put_under(key, file)]
    return bool(found) and all(item is not None and _is_list(item) for item in found)


def _put_under(key: str, file: File) -> Iterator[Node | None]:
    """What a file puts under a key; None for what is not followed."""
    name = re.escape(key.encode())
    for match in re.finditer(rb"(?<=[\"'])" + name + rb"(?=[\"'])|\b" + name + rb"(?=\s*=[^=])", file.source.text):
        node = file.root.descendant_for_byte_range(match.start(), match.end())
        while node is not None and node.type in ("string_content", "string_start", "string_end"):
            node = node.parent
        if node is not None and node.type == "string":
            yield from _of_string(node)
        elif node is not None and node.parent is not None and node.parent.type == "keyword_argument":
            arguments = node.parent.parent
            if arguments is not None and last_name(arguments.parent) in KEYED:
                yield node.parent.child_by_field_name("value")


def _of_string(key: Node) -> Iterator[Node | None]:
    parent = key.parent
    if parent is None:
        return
    if parent.type == "pair":
        yield from [parent.child_by_field_name("value")] if parent.child_by_field_name("key") == key else []
        return
    holder = parent.parent if parent.type == "argument_list" else parent
    if holder is None or (holder.type == "call" and last_name(holder) not in ("get", "setdefault", "pop")):
        return
    if holder.type == "call" and last_name(holder) == "setdefault":
        yield positional(holder)[-1]
    elif holder.type not in ("call", "subscript"):
        return
    yield from _of_read(holder)


def _of_read(read: Node) -> Iterator[Node | None]:
    """What is put in the place of a value under a key, and into it."""
    parent = read.parent
    if parent is None:
        return
    if parent.type in ("assignment", "augmented_assignment"):
        if parent.child_by_field_name("left") == read:
            yield parent.child_by_field_name("right")
            return
        name = parent.child_by_field_name("left")
        home = next((item for item in ancestors(read) if item.type == "function_definition"), None)
        added = list(_added(text_of(name), home)) if name is not None and home is not None else []
        yield from [None] if any(item is None or item.type not in WRITTEN for item in added) else []
    elif parent.type == "attribute" and text_of(parent.child_by_field_name("attribute") or parent) in ADDING:
        yield None


def _is_list(value: Node) -> bool:
    """Whether a value is a list all of whose items are written out."""
    if value.type in ("list", "tuple"):
        return all(item.type in WRITTEN or item.type == "comment" for item in value.named_children)
    if value.type == "list_comprehension":
        return value.named_children[0].type in WRITTEN
    if value.type != "identifier":
        return value.type == "none"
    home = next((item for item in ancestors(value) if item.type == "function_definition"), None)
    bound = list(bound_to(text_of(value), home)) if home is not None else []
    if not bound or home is None:
        return False
    are_lists = all(
        item is not None and not is_part and item.type != "identifier" and _is_list(item) for item, is_part in bound
    )
    return are_lists and all(item is not None and item.type in WRITTEN for item in _added(text_of(value), home))


def _added(name: str, home: Node) -> Iterator[Node | None]:
    """What is put into a local list."""
    for node in walk(home):
        callee = node.child_by_field_name("function") if node.type == "call" else None
        owner = callee.child_by_field_name("object") if callee is not None and callee.type == "attribute" else None
        if owner is not None and text_of(owner) == name and last_name(node) in ADDING:
            yield positional(node)[0] if last_name(node) == "append" and positional(node) else None
        left = node.child_by_field_name("left") if node.type in ("assignment", "augmented_assignment") else None
        if left is not None and left.type == "subscript" and text_of(left.named_children[0]) == name:
            yield node.child_by_field_name("right")
