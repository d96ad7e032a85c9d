"""Validators of pydantic models: they run where a model is made, and on the loop where FastAPI reads a request."""

from __future__ import annotations

from collections.abc import Iterator

from awaitify.analysis.calls import Resolution
from awaitify.analysis.effects import Effect
from awaitify.analysis.entries.model import Entries
from awaitify.analysis.loading.names import Names
from awaitify.project.index import Class, Function, text_of

_MAKERS = {"model_validate", "model_validate_json", "parse_obj", "parse_raw"}
_NAMES = {"field_validator", "model_validator", "validator", "root_validator"}


def is_validator(function: Function) -> bool:
    """Whether pydantic runs a method when it makes an object."""
    names = (text_of(item).lstrip("@").strip().partition("(")[0] for item in function.decorators)
    return function.cls is not None and any(name.rpartition(".")[2] in _NAMES for name in names)


def run_by(effect: Effect, resolution: Resolution) -> list[Function]:
    """The validators that a call runs: of the class that it makes."""
    call = effect.call
    cls = resolution.project.classes.get(effect.detail)
    if cls is None and text_of(call.callee).rpartition(".")[2] in _MAKERS:
        owner = call.callee.child_by_field_name("object")
        for target in resolution.definition(call.file, owner) if owner is not None else ():
            known = resolution.project.definition(target.path, target.offset) if target.in_project else None
            cls = known if isinstance(known, Class) else cls
    return list(_of(cls, resolution)) if cls is not None else []


def of_requests(entries: Entries, resolution: Resolution) -> Iterator[tuple[str, Function]]:
    """(`GET /items`, validator) for the models that routes take: FastAPI reads a request before it starts a thread."""
    names = Names(resolution.project)
    for route in entries.routes:
        for param in route.function.params:
            if param.annotation is not None:
                for cls in names.in_annotation(route.function.file, param.annotation):
                    for function in _of(cls, resolution):
                        yield f"{route.method} {route.path}", function


def _of(cls: Class, resolution: Resolution) -> Iterator[Function]:
    for owner in resolution.lineage(cls):
        yield from filter(is_validator, owner.methods.values())
