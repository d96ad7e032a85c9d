"""What tests patch besides functions that become async: dependencies that hand over a session, and session factories.

`patch("app.routes.get_db")` names an import that goes: the patch (without effect on `Depends(get_db)`) names the twin.
A mock in the place of a session factory gives fake sessions, whose methods cannot be awaited: what opens them stays.
"""

from __future__ import annotations

from collections.abc import Iterator

from awaitify_transforms.edits import Rename, ReplaceExpression
from tree_sitter import Node

from awaitify.analysis.colour import Colouring
from awaitify.plan_model import Reason
from awaitify.planning.draft import Draft
from awaitify.planning.sessions import Sessions
from awaitify.planning.target_tests.fakes import MOCKS, Replacement, function_of_path, replacements
from awaitify.planning.target_tests.keys import references_of
from awaitify.project.index import Call, File, Function, Project, span_of, text_of

FAKE = "tests put a fake in the place of what opens this session, whose methods cannot be awaited"


def plan_patches(colouring: Colouring, sessions: Sessions, draft: Draft) -> dict[Function, Reason]:
    """Renames what patches name. Returns the functions whose sessions tests replace by fakes."""
    refused: dict[Function, Reason] = {}
    for item in replacements(colouring.resolution.project):
        provider = function_of_path(colouring.resolution.project, item.path)
        if provider is not None and (provider.file, provider.id) in sessions.made:
            _rename(item, provider, sessions, colouring, draft)
        if item.value is not None and not _is_mock(item.value):
            continue
        for function in _openers(item.path, provider, colouring):
            line = item.call.node.start_point[0] + 1
            refused.setdefault(function, Reason("test-fake", FAKE, item.file.source.relative, line))
    return refused


def _rename(item: Replacement, provider: Function, sessions: Sessions, colouring: Colouring, draft: Draft) -> None:
    """The dotted text names the twin where the module no longer has the provider."""
    module, _, name = item.path.rpartition(".")
    home = _module(colouring.resolution.project, module)
    if home is None or home is provider.file or item.literal is None or name != provider.name:
        return
    edits = draft.edits[home]
    renamed = {edit.span for edit in edits if isinstance(edit, Rename)}
    uses = [node for node, _ in references_of(home, colouring.resolution, {provider})]
    if uses and all(span_of(node) in renamed for node in uses):
        quote = text_of(item.literal)[0]
        code = f"{quote}{module}.{sessions.made[provider.file, provider.id]}{quote}"
        draft.add(item.file, ReplaceExpression(span=span_of(item.literal), code=code))


def _openers(path: str, provider: Function | None, colouring: Colouring) -> Iterator[Function]:
    """The functions that open a session by a call of what stands at a dotted path."""
    module, _, name = path.rpartition(".")
    home = _module(colouring.resolution.project, module)
    if home is None:
        return
    for function in colouring.colours.asyncs | colouring.colours.providers:
        for effect in colouring.effects.of(function):
            if effect.kind == "opens" and _is_patched(effect.call, function, home, name, provider, colouring):
                yield function


def _is_patched(
    call: Call, function: Function, home: File, name: str, provider: Function | None, colouring: Colouring
) -> bool:
    """Whether a call reads the name of the module that is patched: there, or as an attribute of that module."""
    callee = text_of(call.callee)
    if callee.rpartition(".")[2] != name or ("." not in callee and function.file is not home):
        return False
    if provider is not None:
        return provider in colouring.resolution.functions(call)
    targets = colouring.resolution.definition(call.file, call.callee)
    return function.file is home or any(target.path == home.path for target in targets)


def _module(project: Project, name: str) -> File | None:
    return next((file for file in project.files if file.module == name), None)


def _is_mock(value: Node) -> bool:
    callee = value.child_by_field_name("function") if value.type == "call" else None
    return callee is not None and text_of(callee).rpartition(".")[2] in MOCKS
