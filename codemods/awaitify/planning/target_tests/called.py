"""Tests that call what becomes async with a mock of a session: they hand over its async face.

`assert crud.count(db) == 8` -> `assert await crud.count(async_mock(db)) == 8`
"""

from __future__ import annotations

from collections.abc import Iterator

from awaitify_transforms.edits import ReplaceExpression
from tree_sitter import Node

from awaitify.analysis.colour import Colouring
from awaitify.analysis.fact_finding import bind
from awaitify.analysis.sessions.sources import session_params
from awaitify.planning.target_tests.async_tests import tell_loop
from awaitify.planning.target_tests.mocks import SESSION, Mocks
from awaitify.project.expressions import outdented
from awaitify.project.index import Function, span_of


def face_calls(colouring: Colouring, mocks: Mocks) -> None:
    """Plans the faces in all functions of the tests that become async."""
    for function in sorted(colouring.colours.asyncs, key=lambda item: item.id):
        if not function.file.is_test:
            continue
        found = list(_fakes(function, colouring))
        if found:
            mocks.called[function] = {item for callee, _ in found for item in _users(callee)}
        is_pytest = colouring.tests.own.suite(function) is None
        if found and is_pytest and not colouring.tests.session_fixtures(function):
            tell_loop(function, colouring, mocks.draft)
        for _, value in found:
            code = f"{mocks.use(function.file, SESSION)}({outdented(value)})"
            mocks.draft.add(function.file, ReplaceExpression(span=span_of(value), code=code))


def _fakes(function: Function, colouring: Colouring) -> Iterator[tuple[Function, Node]]:
    """The fakes that a function hands over as sessions to what becomes async, each with that."""
    resolution, tracer = colouring.resolution, colouring.tests.tracer
    for effect in colouring.effects.of(function):
        for callee in resolution.functions(effect.call):
            if not _moves(callee, colouring):
                continue
            names = session_params(callee, resolution)
            for name, value in bind(callee, effect.call):
                if name in names and tracer.origin(function.file, value, function).kind == "fake":
                    yield callee, value


def _users(callee: Function) -> list[Function]:
    """A function, or the methods of the object that it makes."""
    return list(callee.cls.methods.values()) if callee.name == "__init__" and callee.cls is not None else [callee]


def _moves(callee: Function, colouring: Colouring) -> bool:
    """Whether a function becomes async in place, or makes an object whose methods do."""
    colours = colouring.colours
    moved = colours.asyncs - colours.twins.keys()
    if callee.name == "__init__" and callee.cls is not None:
        return any(method in moved for method in callee.cls.methods.values())
    return callee in moved and not callee.file.is_test
