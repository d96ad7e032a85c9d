"""What overrides a dependency in the tests. Where it hands over a fake session, the app is given its async face; the
fake stays the test's own."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from awaitify.analysis.target_tests.fixtures import hand_overs, handed_over
from awaitify.analysis.target_tests.trace import Tracer
from awaitify.planning.splicing import spliced_code, spliced_text
from awaitify.planning.target_tests.mocks import SESSION, Mocks
from awaitify.project.index import File, Function, span_of, text_of


def faced_lambda(file: File, value: Node, body: Node, mocks: Mocks) -> str:
    """`lambda: mock` -> `lambda: async_mock(mock)`."""
    helper, mocks.has_sessions = mocks.use(file, SESSION), True
    return spliced_text(file, value, [(span_of(body), f"{helper}({text_of(body)})")])


def faced_function(function: Function, name: str, mocks: Mocks) -> str:
    """The code of an override, or of its twin, that hands over the face of what it handed over before."""
    helper, mocks.has_sessions = mocks.use(function.file, SESSION), True
    splices = [(span_of(value), f"{helper}({text_of(value)})") for _, value in hand_overs(function)]
    return spliced_code(function.file, function.outer, [(span_of(function.name_node), name), *splices])


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
