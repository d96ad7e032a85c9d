"""Parameters of routes that hold what a request sent, as FastAPI decodes it: plain data, at any depth."""

from __future__ import annotations

import re

from awaitify.analysis.calls import Resolution
from awaitify.analysis.entries.routes import is_registration
from awaitify.project.index import Function, Param, text_of

#: What stands in the annotation of a parameter that takes JSON as it comes.
_WORDS = {"dict", "Dict", "list", "List", "str", "int", "float", "bool", "None", "Any", "Optional", "Union", "typing"}
#: FastAPI's marks of what a request holds.
_MARKS = {"Body", "Query", "Form", "Header", "Path", "Cookie"}
_LITERALS = {"none", "string", "integer", "float", "true", "false", "dictionary", "list"}


def is_request_data(name: str, function: Function, resolution: Resolution) -> bool:
    """Whether a parameter is given to a route by FastAPI alone, and decoded from the request."""
    param = function.param(name)
    if param is None or param.star or not function.decorators or resolution.callers.get(function):
        return False
    return _is_sent(param, function, resolution) and all(
        (call := resolution.call_at(function.file, node.named_children[0])) is not None
        and is_registration(call, resolution)
        for node in function.decorators
    )


def _is_sent(param: Param, function: Function, resolution: Resolution) -> bool:
    annotation, default = param.annotation, param.default
    marked = default is not None and default.type == "call"
    if marked:
        named = default.child_by_field_name("function") if default is not None else None
        targets = resolution.definition(function.file, named) if named is not None else ()
        if not targets or not all(_is_mark(target.name) for target in targets):
            return False
    elif default is not None and default.type not in _LITERALS:
        return False
    if annotation is None:
        return marked
    text = text_of(annotation)
    if re.match(r"(typing\.)?Annotated\[", text):
        text, _, marks = text.partition("[")[2].partition(",")
        if set(re.findall(r"(\w+)\s*\(", marks)) - _MARKS or not re.search(r"\(", marks):
            return False
    return set(re.findall(r"[A-Za-z_]\w*", text)) <= _WORDS


def _is_mark(name: str) -> bool:
    return name.startswith("fastapi.") and name.rpartition(".")[2] in _MARKS
