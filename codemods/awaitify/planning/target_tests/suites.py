"""Methods of unittest's classes that become async: `setUp` -> `asyncSetUp`, over an `IsolatedAsyncioTestCase`.

`class TestPets(unittest.TestCase)` -> `class TestPets(unittest.IsolatedAsyncioTestCase)`
"""

from __future__ import annotations

from awaitify_transforms.edits import AwaitCall, Rename

from awaitify.analysis.target_tests.own import is_cleanup
from awaitify.analysis.target_tests.suites import ASYNC_NAMES, Suite
from awaitify.planning.draft import Draft
from awaitify.project.index import File, Function, span_of, text_of

ASYNC_CASE = "IsolatedAsyncioTestCase"


def plan_suite(function: Function, suite: Suite, draft: Draft) -> None:
    """Plans what a method of a suite needs beside its own awaits."""
    file = function.file
    if function.name in ASYNC_NAMES:
        draft.add(file, Rename(span=span_of(function.name_node), new=ASYNC_NAMES[function.name]))
    for call in function.calls:
        name = text_of(call.callee).rpartition(".")[2]
        last = call.callee.child_by_field_name("attribute")
        if last is not None and name in ASYNC_NAMES and text_of(call.callee).startswith("super("):
            draft.add(file, Rename(span=span_of(last), new=ASYNC_NAMES[name]))
            draft.add(file, AwaitCall(span=span_of(call.node)))
        for argument in call.arguments if text_of(call.callee) == "self.addCleanup" else ():
            closed = argument.child_by_field_name("object")
            if closed is not None and last is not None and is_cleanup(closed):
                draft.add(file, Rename(span=span_of(last), new="addAsyncCleanup"))
    _derive(suite, draft)


def _derive(suite: Suite, draft: Draft) -> None:
    """The classes of a suite get an event loop for each test."""
    for file, base in suite.cases:
        last = base.child_by_field_name("attribute") or base
        draft.add(
            file, Rename(span=span_of(last), new=_name(file, text_of(last), draft) if last == base else ASYNC_CASE)
        )


def _name(file: File, local: str, draft: Draft) -> str:
    """What the async class is called in a file that imports the other one by its name."""
    for item in file.imports:
        if item.local == local and item.name:
            draft.add_import(file, item.written, ASYNC_CASE)
            draft.remove_import(file, item.written, item.name)
    return ASYNC_CASE
