"""The functions of the tests that an override of a dependency may be."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from awaitify.analysis.target_tests.fixtures import handed_over
from awaitify.analysis.target_tests.trace import Tracer
from awaitify.project.index import File, Function, text_of


def functions_behind(tracer: Tracer, file: File, value: Node, owner: Function | None) -> list[Function]:
    """The functions of the tests that an override may be: named, given by a fixture, or made by a factory."""
    return list(dict.fromkeys(_functions(tracer, file, value, owner, set())))


def _functions(tracer: Tracer, file: File, value: Node, owner: Function | None, seen: set[int]) -> Iterator[Function]:
    if value.id in seen:
        return
    seen.add(value.id)
    if value.type == "call":
        call = tracer.call_at(file, value)
        for maker in tracer.resolution.functions(call) if call is not None else ():
            for item in handed_over(maker):
                yield from _functions(tracer, maker.file, item, maker, seen)
    if value.type not in ("identifier", "attribute"):
        return
    targets = [tracer.resolution.function_of(target) for target in tracer.resolution.definition(file, value)]
    found = [function for function in targets if function is not None and function.file.is_test]
    yield from found
    if not found and value.type == "identifier":
        for home, item, scope in tracer.bindings(file, text_of(value), owner):
            yield from _functions(tracer, home, item, scope, seen)
