"""Tests that call what becomes async: they are async too, on an async session beside that of their fixture.

`def test_get(db): assert crud.get(db, 1)` -> `async def test_get(async_db): assert await crud.get(async_db, 1)`
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from awaitify_transforms.edits import (
    AddDecorator,
    AsyncWith,
    AwaitCall,
    BridgeCall,
    ExecuteQuery,
    InsertCode,
    MakeAsync,
    ReplaceExpression,
)

from awaitify.analysis.colour import Colouring
from awaitify.analysis.naming import async_name
from awaitify.analysis.target_tests.fixtures import WIDTHS, fixture_name, fixture_scope, handed_over, is_test_function
from awaitify.analysis.target_tests.trace import Origin
from awaitify.plan_model import Reason
from awaitify.planning.draft import Draft
from awaitify.planning.functions import FunctionPlanner
from awaitify.planning.target_tests.helper import HELPER, Helper
from awaitify.planning.target_tests.memory import IN_MEMORY, is_stuck
from awaitify.planning.target_tests.suites import plan_suite
from awaitify.planning.target_tests.transactions import ROLLED_BACK, Transactions
from awaitify.project.index import File, Function, span_of, text_of

HEAD = ("comment", "import_statement", "import_from_statement", "future_import_statement", "expression_statement")
WAITS = (AwaitCall, ExecuteQuery, AsyncWith, BridgeCall)
BACKEND = """@pytest.fixture(scope="session")
def anyio_backend(){result}:
    return "asyncio"


"""
FIXTURE = """@{decorator}
async def {name}({given}{annotation}){result}:
    async with {helper}({given}) as async_session:
        yield async_session"""
RESULT = " -> AsyncGenerator[AsyncSession, None]"


def plan_test(function: Function, planner: FunctionPlanner) -> None:
    """Plans a test, a helper or a fixture. Raises NotTwinned when something in it has no exact form."""
    tests, before = planner.colouring.tests, set(planner.draft.edits[function.file])
    planner.plan(function)
    new = [edit for edit in planner.draft.edits[function.file] if edit not in before]
    is_awaiting = any(isinstance(edit, WAITS) for edit in new)
    suite = tests.own.suite(function)
    if suite is not None:
        plan_suite(function, suite, planner.draft)
        return
    if not is_awaiting and fixture_name(function):
        planner.draft.edits[function.file].remove(MakeAsync(span=span_of(function.name_node)))
    if is_test_function(function) and (tests.own.names(function) or planner.colouring.has_trio):
        tell_loop(function, planner.colouring, planner.draft)
    if is_test_function(function) and not function.is_async and not tests.runner.is_auto:
        planner.draft.add(function.file, AddDecorator(span=span_of(function.name_node), code=tests.runner.mark))
        planner.draft.add_import(function.file, "pytest")
    elif fixture_name(function) and is_awaiting and tests.runner.name == "asyncio" and not tests.runner.is_auto:
        _use_plugin(function, planner.draft)


def tell_loop(function: Function, colouring: Colouring, draft: Draft) -> None:
    """Plans the fixture that tells anyio its event loop, once in a file, for a test without an async fixture."""
    tests, file = colouring.tests, function.file
    if tests.runner.name != "anyio" or "anyio_backend" in tests.fixtures.by_name or _is_told(file, draft):
        return
    first = next(node for node in file.root.named_children if node.type not in HEAD)
    draft.add(file, InsertCode(span=span_of(first), where="before", code=BACKEND.format(result="")))
    draft.add_import(file, "pytest")


def _is_told(file: File, draft: Draft) -> bool:
    return any(isinstance(edit, InsertCode) and "def anyio_backend" in edit.code for edit in draft.edits[file])


def _use_plugin(fixture: Function, draft: Draft) -> None:
    """`@pytest.fixture` is pytest-asyncio's own where the fixture is async."""
    for decorator in fixture.decorators:
        node = decorator.named_children[0]
        callee = node.child_by_field_name("function") if node.type == "call" else node
        if callee is not None and text_of(callee).rpartition(".")[2] == "fixture":
            draft.add(fixture.file, ReplaceExpression(span=span_of(callee), code="pytest_asyncio.fixture"))
            draft.add_import(fixture.file, "pytest_asyncio")


@dataclass(eq=False)
class SessionFixtures:
    """Plans the async fixtures beside those that hand over sync sessions."""

    planner: FunctionPlanner
    helper: Helper
    transactions: Transactions
    kept: dict[Function, Reason] = field(default_factory=dict)

    def plan(self) -> Iterator[list[Origin]]:
        """Plans them; gives the origins of the sync sessions."""
        colouring = self.planner.colouring
        moving = [function for function in colouring.colours.asyncs if function.file.is_test]
        users: dict[Function, list[Function]] = {}
        for function in sorted(moving, key=lambda item: item.id):
            for fixture in colouring.tests.sessions(function).values():
                if fixture is not None:
                    users.setdefault(fixture, []).append(function)
        self.backends: set[File] = set()
        for fixture, found in users.items():
            origins = [colouring.tests.tracer.origin(fixture.file, value, fixture) for value in handed_over(fixture)]
            problem = self._problem(origins)
            if problem is not None:
                where = (fixture.file.source.relative, fixture.line)
                self.kept.update(dict.fromkeys(found, Reason("test-transaction", problem, *where)))
                continue
            self._fixture(fixture, max(WIDTHS.index(fixture_scope(item)) for item in found), origins)
            yield origins
        yield from self._own(moving)

    def _own(self, moving: list[Function]) -> Iterator[list[Origin]]:
        """The origins of the sessions that tests open themselves."""
        tests = self.planner.colouring.tests
        for function in sorted(moving, key=lambda item: item.id):
            for effect in tests.own.opened(function):
                origin = tests.tracer.origin(function.file, effect.call.node, function)
                problem = self._problem([origin])
                if problem is not None:
                    where = (function.file.source.relative, effect.call.line)
                    self.kept[function] = Reason("test-transaction", problem, *where)
                yield [origin]

    def _problem(self, origins: list[Origin]) -> str | None:
        """Why a second session would not see what the first one does."""
        around = [item for origin in origins for item in origin.rolled_back]
        if around and not self.transactions.replace(around):
            return ROLLED_BACK
        return IN_MEMORY if any(is_stuck(origin.files) for origin in origins) else None

    def _fixture(self, fixture: Function, width: int, origins: list[Origin]) -> None:
        tests, draft, file = self.planner.colouring.tests, self.planner.draft, fixture.file
        helper = self.helper.use(file, fixture.outer, [home for origin in origins for home in origin.files])
        assert helper == HELPER
        plain = tests.runner.name == "anyio" or tests.runner.is_auto
        decorator = "pytest.fixture" if plain else "pytest_asyncio.fixture"
        is_typed = fixture.node.child_by_field_name("return_type") is not None
        code = FIXTURE.format(
            decorator=decorator + (f'(scope="{WIDTHS[width]}")' if width else ""),
            name=async_name(fixture_name(fixture)), given=fixture_name(fixture), helper=helper,
            annotation=self.helper.annotated(file) if is_typed else "", result=RESULT if is_typed else "",
        )  # fmt: skip
        draft.add_import(file, decorator.partition(".")[0])
        draft.add(file, InsertCode(span=span_of(fixture.outer), code=f"\n\n{self._backend(file, is_typed)}{code}"))

    def _backend(self, file: File, is_typed: bool) -> str:
        """The code of the fixture that tells anyio its event loop, once for each file that has none above it."""
        tests = self.planner.colouring.tests
        if tests.runner.name != "anyio" or "anyio_backend" in tests.fixtures.by_name or file in self.backends:
            return ""
        if _is_told(file, self.planner.draft):
            return ""
        self.backends.add(file)
        return BACKEND.format(result=" -> str" if is_typed else "")
