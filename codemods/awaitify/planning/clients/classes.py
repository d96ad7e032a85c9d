"""References to a sync client's class, made references to the async one."""

from __future__ import annotations

from tree_sitter import Node

from awaitify.analysis.naming import async_name
from awaitify.planning.draft import Draft
from awaitify.project.index import File, text_of


def class_edits(old: str, new: str, callee: Node, file: File, draft: Draft) -> list[tuple[Node, str]]:
    """What makes a reference to the sync class one to the async class, imports included."""
    module, _, name = new.rpartition(".")
    node = callee
    last = text_of(callee).rpartition(".")[2]
    if callee.type == "attribute" and last != old.rpartition(".")[2] and _is_factory(callee):
        node = callee.child_by_field_name("object") or callee
    if node.type == "attribute":
        owner = node.child_by_field_name("object")
        own_module = old.rpartition(".")[0]
        if module == own_module:
            return [(node.child_by_field_name("attribute") or node, name)]
        if owner is not None and text_of(owner) == own_module and module.startswith(f"{own_module}."):
            draft.add_import(file, module)
            return [(node, new)]
    alias = name if name != text_of(node).rpartition(".")[2] else async_name(name)
    for item in file.imports:
        if item.local == text_of(node) and item.name:
            draft.remove_import(file, item.written, item.name)
    draft.add_import(file, module, name, "" if alias == name else alias)
    return [(node, alias)]


def _is_factory(callee: Node) -> bool:
    """`Redis.from_url`, where the class is what changes."""
    owner = callee.child_by_field_name("object")
    return owner is not None and text_of(owner).rpartition(".")[2][:1].isupper()
