"""Decorators of the project: changed in place where all that is below them moves, else with an async twin beside."""

from __future__ import annotations

from dataclasses import replace

from awaitify_transforms.edits import AddImport, Edit, InsertCode, RemoveImport, Rename

from awaitify.analysis.products import same_code
from awaitify.analysis.wrapping.model import Wrapping
from awaitify.plan_model import Reason
from awaitify.planning.callables import awaitable_results
from awaitify.planning.draft import Draft, NotTwinned
from awaitify.planning.functions import FunctionPlanner
from awaitify.planning.renaming import neighbours, twin_name
from awaitify.planning.twins import code_of, copied
from awaitify.planning.wrapped import is_twinned
from awaitify.project.index import Function, span_of


def plan_wrappers(planner: FunctionPlanner) -> dict[Function, list[Reason]]:
    """Plans every wrapper that moves; returns the functions below those that have no exact form."""
    refused: dict[Function, list[Reason]] = {}
    for wrapping in planner.colouring.effects.wrappings.all:
        if wrapping.shape.wrapper not in planner.colouring.colours.asyncs:
            continue
        try:
            if is_twinned(wrapping, planner.colouring.colours):
                _twin(wrapping, planner)
            else:
                _change(wrapping, planner)
        except NotTwinned as problem:
            refused[wrapping.shape.wrapper] = [problem.reason]
    return refused


def _change(wrapping: Wrapping, planner: FunctionPlanner) -> None:
    """The edits of a decorator whose wrapper becomes a coroutine function."""
    planner.plan(wrapping.shape.wrapper)
    for function in dict.fromkeys((wrapping.shape.maker, wrapping.shape.taker)):
        awaitable_results(function, planner.draft)


def _twin(wrapping: Wrapping, planner: FunctionPlanner) -> None:
    """A copy of the decorator after it; one that an earlier step left serves again."""
    maker = wrapping.shape.maker
    name, own = twin_name(maker), Draft()
    _change(wrapping, replace(planner, draft=own))
    edits: list[Edit] = [Rename(span=span_of(maker.name_node), new=name)]
    if any(_is_inside(edit, maker) for edit in planner.draft.edits[maker.file]):
        raise NotTwinned(_why(maker, f"what @{maker.name} loads would have to change in its copy"))
    imports = []
    for edit in own.edits[maker.file]:
        if isinstance(edit, AddImport):
            imports.append(edit)
        elif not isinstance(edit, RemoveImport):
            edits.append(edit)
    code = copied(maker, name, edits)
    there = _there(maker, code)
    if there is None and name in neighbours(maker):
        raise NotTwinned(_why(maker, f"{name} is there already, so @{maker.name} can get no async twin"))
    if there is None:
        for edit in imports:
            planner.draft.add(maker.file, edit)
        planner.draft.add(maker.file, InsertCode(span=span_of(maker.outer), code="\n\n" + code))


def _there(maker: Function, code: str) -> Function | None:
    """The twin that is there already."""
    found = (item for item in maker.file.functions if item.name == twin_name(maker) and item.cls is None)
    return next((item for item in found if same_code(code_of(item), code, {}, exactly=True)), None)


def _is_inside(edit: Edit, function: Function) -> bool:
    start, end = span_of(function.outer)
    return start <= edit.span[0] and edit.span[1] <= end and not isinstance(edit, AddImport | RemoveImport | InsertCode)


def _why(function: Function, message: str) -> Reason:
    return Reason("twin", message, function.file.source.relative, function.line)
