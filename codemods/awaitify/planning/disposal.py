"""The async twin of an engine that the application disposes is disposed too, where the application ends."""

from __future__ import annotations

from awaitify_transforms.edits import InsertCode
from tree_sitter import Node

from awaitify.planning.lifespan import Lifespan
from awaitify.planning.sessions import Sessions
from awaitify.project.index import Call, File, ancestors, span_of

DISPOSE = "sqlalchemy.engine.base.Engine.dispose"


def dispose_engines(sessions: Sessions, lifespan: Lifespan) -> None:
    """Notes `await async_engine.dispose()` for each twin whose sync engine is disposed outside of the tests."""
    if len(lifespan.apps()) != 1:
        return
    for file in sessions.resolution.project.files:
        if file.is_test or b".dispose(" not in file.source.text:
            continue
        for call in file.calls:
            if any(target.name == DISPOSE for target in sessions.resolution.targets.get(call, ())):
                _dispose(call, sessions, lifespan)


def _dispose(call: Call, sessions: Sessions, lifespan: Lifespan) -> None:
    engine = call.callee.child_by_field_name("object")
    twin = sessions.made_twin(call.file, engine) if engine is not None else None
    if twin is None:
        return
    home, name = twin
    is_there = any(f"{name}.dispose(".encode() in file.source.text for file in sessions.resolution.project.files)
    if is_there:
        return
    line = f"await {name}.dispose()"
    variable = sessions.variable(call.file, engine) if engine is not None else None
    if variable is not None and any(_is_in_function(node) for node in variable.assignments):
        name = _own_function(call, home, name, sessions)  # what the name holds changes: an import would not see it
        line = f"await {name}()"
    if line not in lifespan.end:
        lifespan.end.append(line)
        lifespan.imports.append((home.module, name))


def _is_in_function(node: Node) -> bool:
    return any(item.type == "function_definition" for item in ancestors(node))


def _own_function(call: Call, home: File, name: str, sessions: Sessions) -> str:
    """The name of a function beside the engine that disposes it, if it was made."""
    own = f"dispose_{name.lstrip('_')}"
    function = call.function if call.function is not None and call.file is home else None
    place = span_of(function.outer) if function is not None else span_of(home.root.named_children[-1])
    code = f"\n\nasync def {own}() -> None:\n    if {name} is not None:\n        await {name}.dispose()"
    edit = InsertCode(span=place, code=code)
    if edit not in sessions.draft.edits[home]:
        sessions.draft.add(home, edit)
    return own
