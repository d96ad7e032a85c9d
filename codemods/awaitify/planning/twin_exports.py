"""A module that passes a function on passes its async twin on too, where those that import it from there turn to it.

`from ._crud import create` in a package, for `from app.items import create` elsewhere: `create_async` beside it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping

from awaitify_transforms.edits import RemoveImport

from awaitify.analysis.calls import Resolution
from awaitify.planning.draft import Draft
from awaitify.project.index import Class, File, Function, ImportedName, text_of

Named = Function | Class


def export_twins(resolution: Resolution, draft: Draft, twins: Mapping[Named, str]) -> None:
    """Plans the imports. twins: the new name of each function or class that keeps its sync form."""
    passing = _passing(resolution, {function: function.name for function in twins})
    users = _users(resolution, twins)
    waiting = [key for key, item in passing.items() if not _has(key[0], item.written, twins[key[1]], draft)]
    changed = True
    while changed:
        changed = False
        for file, function in list(waiting):
            new = twins[function]
            if any(_mentions(user, new, draft) for user in users[file.module, function.name] if user is not file):
                draft.add_import(file, passing[file, function].written, new)
                waiting.remove((file, function))
                changed = True


def unexport(resolution: Resolution, draft: Draft, function: Named, copy: Named) -> None:
    """Plans that the twin of a function, which goes, is passed on no more. Its name may be taken for the original's."""
    for (file, _), item in _passing(resolution, {function: copy.name, copy: copy.name}).items():
        draft.remove_import(file, item.written, copy.name)


def _passing(resolution: Resolution, names: Mapping[Named, str]) -> dict[tuple[File, Named], ImportedName]:
    """The imports at module level of these names that mean these functions."""
    by_place = {
        (item.file.path, item.name_node.start_byte): item
        for item in names
        if isinstance(item, Class) or item.cls is None
    }
    known_names = set(names.values())
    found: dict[tuple[File, Named], ImportedName] = {}
    for file in resolution.project.files:
        for item in file.imports:
            if item.name in known_names and item.local == item.name and item.is_top:
                targets = resolution.definition(file, item.node)
                known = [by_place.get((target.path, target.offset)) for target in targets if target.path]
                found.update({(file, one): item for one in known if one is not None and names[one] == item.name})
    return found


def _users(resolution: Resolution, functions: Mapping[Named, str]) -> dict[tuple[str, str], set[File]]:
    """(module, name) -> the files that take a function of that name from there."""
    names = {function.name for function in functions}
    users: dict[tuple[str, str], set[File]] = defaultdict(set)
    for file in resolution.project.files:
        for item in file.imports:
            if item.name in names:
                users[file.absolute(item.module, item.level), item.name].add(file)
    for function in (item for item in functions if isinstance(item, Function)):
        for call in resolution.callers.get(function, ()):
            if call.callee.type == "attribute":
                owner = text_of(call.callee.child_by_field_name("object") or call.callee)
                for module in _modules(call.file, owner):
                    users[module, function.name].add(call.file)
    return users


def _modules(file: File, local: str) -> Iterator[str]:
    """The modules that a name, or a dotted path, may mean in a file."""
    yield local
    for item in file.imports:
        if item.local == local:
            module = file.absolute(item.module, item.level)
            yield f"{module}.{item.name}".strip(".") if item.name else module


def _has(file: File, module: str, new: str, draft: Draft) -> bool:
    """Whether a file imports a name already, or an edit brings the import."""
    there = any(item.local == new and item.is_top for item in file.imports)
    edits = [edit for edit in draft.edits.get(file, ()) if not isinstance(edit, RemoveImport)]
    brought = [edit for edit in edits if getattr(edit, "name", None) == new]
    return there or any(getattr(edit, "module", None) == module for edit in brought)


def _mentions(file: File, new: str, draft: Draft) -> bool:
    """Whether the edits of a file bring a name."""
    edits = [edit for edit in draft.edits.get(file, ()) if not isinstance(edit, RemoveImport)]
    return any(re.search(rf"\b{new}\b", repr(edit)) for edit in edits)
