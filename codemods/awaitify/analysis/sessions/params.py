"""The parameters that take a session."""

from __future__ import annotations

from awaitify.analysis.calls import Resolution
from awaitify.analysis.sessions.calls import SESSION_CLASSES
from awaitify.analysis.sessions.classes import is_library_session
from awaitify.project.index import Class, Function, Param


def session_params(function: Function, resolution: Resolution) -> list[str]:
    """The names of the parameters that take a session."""
    return [param.name for param in function.params if _takes_session(function, param, resolution)]


def _takes_session(function: Function, param: Param, resolution: Resolution) -> bool:
    """By what it is; a field of a data class is what its default gives, by its type there."""
    is_field = param.default is not None and function.node.type == "class_definition"
    if not is_field or param.annotation is None:
        return bool(resolution.class_names(function.file, param.node) & set(SESSION_CLASSES))
    names = function.file.names_in(param.annotation)
    return any(is_library_session(resolution, function.file, node) for node in names)


def takes_session(cls: Class, resolution: Resolution) -> bool:
    """Whether an object of a class is made with a session."""
    return any(item.name == "__init__" and session_params(item, resolution) for item in resolution.members(cls))


def holds_session(cls: Class, resolution: Resolution, seen: frozenset[Class] = frozenset()) -> bool:
    """Whether an object of a class is made with a session, or with another object that is."""
    if takes_session(cls, resolution):
        return True
    inits = [item for item in resolution.members(cls) if item.name == "__init__" and cls not in seen]
    names = {name for init in inits for param in init.params for name in resolution.class_names(init.file, param.node)}
    inner = {resolution.project.classes.get(name.partition("[")[0]) for name in names} - {None, cls}
    return any(item is not None and holds_session(item, resolution, seen | {cls}) for item in inner)
