"""An import that other modules import their name from stays, also when nothing in its own file uses it any more."""

from __future__ import annotations

from awaitify_transforms.edits import RemoveImport

from awaitify.planning.draft import Draft
from awaitify.project.index import File, ImportedName, Project


def keep_reexports(project: Project, draft: Draft) -> None:
    """Takes back the removal of imports that another file goes on importing from there."""
    wanted = {
        (file.absolute(item.module, item.level), item.name)
        for file in project.files
        for item in file.imports
        if item.name and not _goes(file, item, draft)
    }
    for file, edits in draft.edits.items():
        edits[:] = [
            edit for edit in edits if not (isinstance(edit, RemoveImport) and (file.module, edit.name) in wanted)
        ]


def _goes(file: File, item: ImportedName, draft: Draft) -> bool:
    """Whether the plan removes an import."""
    return any(
        isinstance(edit, RemoveImport) and (edit.module, edit.name) == (item.written, item.name)
        for edit in draft.edits[file]
    )
