"""Sync providers that nothing uses any more after the plan: their async twin takes their place."""

from __future__ import annotations

from awaitify_transforms.edits import InsertCode, RemoveImport, Rename, ReplaceStatement
from tree_sitter import Node

from awaitify.analysis.calls import Resolution
from awaitify.planning.draft import Draft
from awaitify.project.index import File, Function, ancestors, span_of, text_of


def replace_unused(providers: set[Function], resolution: Resolution, draft: Draft) -> None:
    """Turns "a twin beside it" into "a twin in its place" where every reference was renamed."""
    for function in sorted(providers, key=lambda item: item.id):
        edits = draft.edits[function.file]
        inserted = [edit for edit in edits if isinstance(edit, InsertCode) and _is_twin(edit, function)]
        if len(inserted) != 1 or not _is_unused(function, resolution, draft):
            continue
        edits[edits.index(inserted[0])] = ReplaceStatement(span=inserted[0].span, code=inserted[0].code.strip("\n"))
        for item in function.file.imports:
            if item.name and _serves(item.local, function):
                draft.remove_import(function.file, "." * item.level + item.module, item.name)


def _is_twin(edit: InsertCode, function: Function) -> bool:
    return edit.span == span_of(function.outer) and edit.where == "after"


def _serves(local: str, function: Function) -> bool:
    """Whether an imported name is used in the function that goes."""
    inside = function.outer
    return any(
        text_of(node) == local and inside.start_byte <= node.start_byte < inside.end_byte
        for node in function.file.names
    )


def _is_unused(function: Function, resolution: Resolution, draft: Draft) -> bool:
    for file in resolution.project.files:
        if function.name.encode() not in file.source.text:
            continue
        renamed = {edit.span for edit in draft.edits[file] if isinstance(edit, Rename)}
        nodes = [node for node in file.names if text_of(node) == function.name and span_of(node) not in renamed]
        nodes = [
            node for node in nodes if node.start_byte != function.name_node.start_byte or file is not function.file
        ]
        for node, targets in zip(nodes, resolution.definitions(file, nodes), strict=True):
            if any(resolution.function_of(target) is function for target in targets) and not _goes(file, node, draft):
                return False
        if _mentions_in_string(file, function.name):
            return False
    return True


def _goes(file: File, node: Node, draft: Draft) -> bool:
    """Whether a name stands in an import that the plan removes."""
    if not any(item.type == "import_from_statement" for item in ancestors(node)):
        return False
    name = text_of(node)
    return any(isinstance(edit, RemoveImport) and edit.name == name for edit in draft.edits[file])


def _mentions_in_string(file: File, name: str) -> bool:
    """Whether a string names it (`__all__`, a patch target)."""
    text = file.source.text
    return f'{name}"'.encode() in text or f"{name}'".encode() in text
