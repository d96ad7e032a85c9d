"""References to functions and their new names, imports included."""

from __future__ import annotations

from awaitify_transforms.edits import InsertCode, Rename
from tree_sitter import Node

from awaitify.analysis.naming import async_name
from awaitify.analysis.target_tests.fixtures import fixture_name
from awaitify.planning.draft import Draft
from awaitify.project.index import File, Function, ImportedName, ancestors, span_of, text_of


def twin_name(function: Function) -> str:
    """The async twin of a function whose sync original stays: `get_user_async`, or `aget_user` if that is taken. That
    of a fixture is named as those of sessions are."""
    if function.twin:
        return function.twin
    if function.file.is_test and fixture_name(function):
        return async_name(function.name)
    name = f"{function.name}_async"
    return f"a{function.name}" if name in neighbours(function) else name


def neighbours(function: Function) -> set[str]:
    """The names of the functions beside it."""
    if function.cls is not None:
        return set(function.cls.methods)
    return {item.name for item in function.file.functions if item.cls is None}


def rename_function(file: File, node: Node, new: str, draft: Draft) -> None:
    """Gives a reference to a function another name, and imports that where the old one is imported."""
    last = node.child_by_field_name("attribute") if node.type == "attribute" else node
    assert last is not None
    old = text_of(last)
    draft.add(file, Rename(span=span_of(last), new=new))
    if node.type == "attribute":
        return
    imported = [item for item in file.imports if item.local == old and item.name]
    local = next((item for item in imported if _home(item.statement) in _homes(node)), None)
    if local is not None:
        _import_locally(file, local, new, draft)
        return
    for item in imported:
        if _home(item.statement) is None:
            module = item.written
            draft.add_import(file, module, new)
            draft.remove_import(file, module, item.name)


def _import_locally(file: File, item: ImportedName, new: str, draft: Draft) -> None:
    """An import inside a function stays there (it may break a circle), under the new name or beside the old."""
    home = next(parent for parent in ancestors(item.statement) if parent.type == "function_definition")
    named = [name for name in file.named(item.local) if home.id in _homes(name)]
    uses = [name for name in named if item.statement not in list(ancestors(name))]
    is_only_called = all(_home(name) == home.id and _is_callee(name) for name in uses)
    if is_only_called and item.local == item.name:
        draft.add(file, Rename(span=span_of(item.node), new=new))
        return
    code = f"from {'.' * item.level}{item.module} import {new}"
    draft.add(file, InsertCode(span=span_of(item.statement), code=code))


def _is_callee(name: Node) -> bool:
    parent = name.parent
    return parent is not None and parent.type == "call" and parent.child_by_field_name("function") == name


def _homes(node: Node) -> list[int]:
    return [parent.id for parent in ancestors(node) if parent.type == "function_definition"]


def _home(node: Node) -> int | None:
    """The function that a node stands in, by its id."""
    return next(iter(_homes(node)), None)
