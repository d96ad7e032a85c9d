"""What overrides a dependency in the tests. Where it hands over a fake session, the app is given its async face; the
fake stays the test's own."""

from __future__ import annotations

from tree_sitter import Node

from awaitify.analysis.target_tests.fixtures import hand_overs
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
