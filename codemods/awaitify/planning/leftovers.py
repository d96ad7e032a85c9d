"""Sync providers that nothing uses any more after the plan: their async twin takes their place."""

from __future__ import annotations

import re
from collections.abc import Collection

from awaitify_transforms.edits import InsertCode, RemoveImport, Rename, ReplaceExpression, ReplaceStatement, SelectQuery
from tree_sitter import Node

from awaitify.analysis.calls import Resolution
from awaitify.analysis.naming import async_name
from awaitify.planning.draft import Draft
from awaitify.project.expressions import outdented
from awaitify.project.index import File, Function, ancestors, is_within, span_of, text_of


def replace_unused(
    makers: set[Function],
    resolution: Resolution,
    draft: Draft,
    there: set[Function],
    together: Collection[set[Function]] = (),
) -> set[Function]:
    """Turns "a twin beside it" into "a twin in its place" where every reference was renamed, or goes itself. Returns
    the functions that go. there: those of which an earlier step left the twin; together: groups of which all go, or
    none."""
    gone: set[Function] = set()
    while True:
        found = [
            function
            for function in sorted(makers - gone, key=lambda item: item.id)
            if (function in there or _twins(function, draft)) and _is_unused(function, gone, resolution, draft)
        ]
        for group in together:
            found = found if group <= gone.union(found) else [item for item in found if item not in group]
        if not found:
            return gone
        for function in found:
            gone.add(function)
            edits, twins = draft.edits[function.file], _twins(function, draft)
            if twins:
                edits[edits.index(twins[0])] = ReplaceStatement(span=twins[0].span, code=twins[0].code.strip("\n"))
            else:
                _drop(function, draft)
            for item in function.file.imports:
                if item.name and _serves(item.local, function):
                    draft.remove_import(function.file, item.written, item.name)


def _drop(function: Function, draft: Draft) -> None:
    """Removes a function whose twin is there; a method's twin moves to its place, with the blank lines there."""
    node, after = function.outer, function.outer.next_named_sibling
    twin = function.cls.methods.get(async_name(function.name)) if function.cls is not None else None
    if twin is not None and twin.outer == after:
        draft.add(function.file, ReplaceStatement(span=span_of(node), code=outdented(twin.outer)))
        node = twin.outer
    draft.add(function.file, ReplaceStatement(span=span_of(node)))


def _twins(function: Function, draft: Draft) -> list[InsertCode]:
    """The insertion of its twin, alone in a list; nothing when more is put there."""
    edits = draft.edits[function.file]
    found = [edit for edit in edits if isinstance(edit, InsertCode) and _is_twin(edit, function)]
    return found if len(found) == 1 else []


def _is_twin(edit: InsertCode, function: Function) -> bool:
    return edit.span == span_of(function.outer) and edit.where == "after"


def _serves(local: str, function: Function) -> bool:
    """Whether an imported name is used in the function that goes."""
    inside = function.outer
    return any(
        text_of(node) == local and inside.start_byte <= node.start_byte < inside.end_byte
        for node in function.file.names
    )


def _is_unused(function: Function, gone: set[Function], resolution: Resolution, draft: Draft) -> bool:
    for file in resolution.project.files:
        if function.name.encode() not in file.source.text:
            continue
        nodes = [node for node in file.named(function.name) if not _changes(node, file, draft)]
        nodes = [
            node for node in nodes if node.start_byte != function.name_node.start_byte or file is not function.file
        ]
        for node, targets in zip(nodes, resolution.definitions(file, nodes), strict=True):
            is_meant = any(resolution.function_of(target) is function for target in targets)
            if is_meant and not _goes(file, node, draft) and not _is_inside(node, file, gone):
                return False
        if _mentions_in_string(file, function.name):
            return False
    return True


def _changes(node: Node, file: File, draft: Draft) -> bool:
    """Whether a name gets another, or stands in what is replaced by code without it."""
    start, end = span_of(node)
    for edit in draft.edits[file]:
        if isinstance(edit, Rename) and edit.span == (start, end):
            return True
        if isinstance(edit, SelectQuery) and edit.span[0] <= start and _is_session_of(node, edit):
            return True
        if isinstance(edit, ReplaceExpression | ReplaceStatement) and edit.span[0] <= start and end <= edit.span[1]:
            return not re.search(rf"\b{re.escape(text_of(node))}\b", edit.code)
    return False


def _is_session_of(node: Node, edit: SelectQuery) -> bool:
    """Whether a name stands in the session of `session.query(A)`, which becomes `select(A)`."""
    call = next((item for item in ancestors(node) if span_of(item) == edit.span and item.type == "call"), None)
    callee = call.child_by_field_name("function") if call is not None else None
    return callee is not None and is_within(node, callee)


def _is_inside(node: Node, file: File, functions: set[Function]) -> bool:
    """Whether a name stands in one of the functions."""
    return any(
        function.file is file and function.outer.start_byte <= node.start_byte < function.outer.end_byte
        for function in functions
    )


def _goes(file: File, node: Node, draft: Draft) -> bool:
    """Whether a name stands in an import that the plan removes."""
    if not any(item.type == "import_from_statement" for item in ancestors(node)):
        return False
    name = text_of(node)
    return any(isinstance(edit, RemoveImport) and edit.name == name for edit in draft.edits[file])


def _mentions_in_string(file: File, name: str) -> bool:
    """Whether a string names it (`__all__`, a patch target)."""
    return re.search(rf"[\"'.:]{re.escape(name)}[\"']".encode(), file.source.text) is not None
