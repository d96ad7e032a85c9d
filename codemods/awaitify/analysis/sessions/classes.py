"""Session classes that the project derives from the library's."""

from __future__ import annotations

from tree_sitter import Node

from awaitify.analysis.calls import Resolution
from awaitify.analysis.sessions.calls import SESSION_CLASSES
from awaitify.project.index import Class, File


def library_session(resolution: Resolution, file: File, node: Node) -> str | None:
    """The library's session class that a name of a class means or that its class derives from, if that is all."""
    targets = resolution.definition(file, node)
    if len(targets) != 1:
        return None
    if targets[0].name in SESSION_CLASSES:
        return targets[0].name
    found = resolution.project.classes.get(targets[0].name)
    return derived_session(resolution, found) if found is not None else None


def is_library_session(resolution: Resolution, file: File, node: Node) -> bool:
    """Whether a name means the library's session class itself."""
    return any(target.name in SESSION_CLASSES for target in resolution.definition(file, node))


def derived_session(resolution: Resolution, cls: Class) -> str | None:
    """The one library class that a session class of the project derives from."""
    bases = [(item.file, base) for item in resolution.lineage(cls) for base in item.bases]
    names = {
        target.name
        for file, base in bases
        if base.type in ("identifier", "attribute")
        for target in resolution.definition(file, base)
    }
    found = sorted(names & set(SESSION_CLASSES))
    return found[0] if len(found) == 1 else None
