"""Which stubs of the rule packs a project needs, and what has to stand in them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from awaitify.analysis.knowledge.rules import Library
from awaitify.project.index import Project, text_of
from awaitify.resolve.library_stubs import is_about, write_stubs


def library_stubs(project: Project, libraries: Iterable[Library]) -> list[Path]:
    """Writes the stubs of the libraries that the project imports; the folders to search before its packages."""
    imported: dict[str, set[str]] = defaultdict(set)
    for item in (item for file in project.files for item in file.imports if not item.level):
        imported[item.module or item.name].add(item.name)
    wanted = [
        stub
        for library in libraries
        if any(is_about(stub, module) for stub in library.stubs for module in imported)
        for stub in library.stubs
    ]
    if not wanted:
        return []
    callees = [call.callee for file in project.files for call in file.calls if call.callee.type == "attribute"]
    names = (callee.child_by_field_name("attribute") for callee in callees)
    return write_stubs(wanted, imported, (text_of(name) for name in names if name is not None))
