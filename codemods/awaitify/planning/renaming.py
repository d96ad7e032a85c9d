"""References to functions and their new names, imports included."""

from __future__ import annotations

from awaitify_transforms.edits import InsertCode, Rename, ReplaceExpression
from tree_sitter import Node

from awaitify.analysis.colour import Colouring
from awaitify.analysis.doubles import quoted_types
from awaitify.analysis.naming import async_name
from awaitify.analysis.target_tests.fixtures import fixture_name
from awaitify.planning.draft import Draft
from awaitify.project.expressions import whole_name
from awaitify.project.index import (
    Class,
    File,
    Function,
    ImportedName,
    ancestors,
    is_imported,
    is_within,
    span_of,
    text_of,
)


def twin_name(function: Function | Class) -> str:
    """The async twin of a function whose sync original stays: `get_user_async`, or `aget_user` if that is taken. That
    of a fixture is named as those of sessions are."""
    if function.twin:
        return function.twin
    if isinstance(function, Class):
        return async_name(function.name)
    if function.cls is not None and function.cls.twin:
        return function.name  # it stands in the copy of its class
    if function.file.is_test and fixture_name(function):
        return async_name(function.name)
    name = f"{function.name}_async"
    return f"a{function.name}" if name in neighbours(function) else name


def neighbours(function: Function | Class) -> set[str]:
    """The names of the functions, or classes, beside it."""
    if isinstance(function, Class):
        return {item.name for item in function.file.classes}
    if function.cls is not None:
        return set(function.cls.methods)
    return {item.name for item in function.file.functions if item.cls is None}


def rename_function(file: File, node: Node, new: str, draft: Draft) -> None:
    """Gives a reference to a function another name, and imports that where the old one is imported."""
    last = node.child_by_field_name("attribute") if node.type == "attribute" else node
    assert last is not None
    old = text_of(last)
    imported = [item for item in file.imports if item.local == old and item.name] if last == node else []
    local = imported_locally(file, node) if last == node else None
    tops = [item for item in imported if _home(item.statement) is None] if local is None else []
    alias = _alias(file, old, new) if any(item.name != item.local for item in tops) else ""
    draft.add(file, Rename(span=span_of(last), new=alias or new))
    if local is not None:
        import_locally(file, local, new, draft)
    for item in tops:
        draft.add_import(file, item.written, new, alias)
        draft.remove_import(file, item.written, item.name, old if alias else "")


def rename_doubles(file: File, within: Node, colouring: Colouring, draft: Draft) -> None:
    """Names the async copies of classes where what stands in a node names the classes."""
    classes = {cls.name: cls for cls in colouring.colours.doubles}
    nodes = [node for node in file.names_in(within) if text_of(node) in classes] if classes else []
    for node, targets in zip(nodes, colouring.resolution.definitions(file, nodes), strict=True):
        cls = classes[text_of(node)]
        found = [colouring.resolution.project.definition(target.path, target.offset) for target in targets]
        if cls in found and node != cls.name_node and not is_imported(node):
            rename_function(file, whole_name(node), cls.twin, draft)
    for cls in [cls for cls in classes.values() if cls.file is file]:
        for node in quoted_types(file, cls.name):
            if is_within(node, within):
                code = text_of(node).replace(cls.name, cls.twin)
                draft.add(file, ReplaceExpression(span=span_of(node), code=code))


def _alias(file: File, old: str, new: str) -> str:
    """What the async form is called in a file that calls the sync one by a name of its own: the file may have another
    thing of the plain name."""
    if old.endswith("_async") and not new.endswith("_async"):  # a twin that takes the place of its original
        return old.removesuffix("_async")
    name = f"{old}_async" if new.endswith("_async") else async_name(old)
    return f"a{old}" if name in _defined(file) else name


def _defined(file: File) -> set[str]:
    """The names of the functions that a file defines for all its code, their twins' included."""
    tops = {item.name for item in file.functions if item.cls is None and item.parent is None}
    return tops | {f"{name}_async" for name in tops}


def imported_locally(file: File, node: Node) -> ImportedName | None:
    """What imports a name inside the function that the name stands in."""
    own = [item for item in file.imports if item.name == text_of(node) and is_within(node, item.statement)]
    imported = own or [item for item in file.imports if item.local == text_of(node) and item.name]
    return next((item for item in imported if _home(item.statement) in _homes(node)), None)


def import_locally(file: File, item: ImportedName, new: str, draft: Draft) -> None:
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
