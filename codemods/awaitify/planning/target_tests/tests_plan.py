"""What becomes of a service's tests, in one plan."""

from __future__ import annotations

from dataclasses import dataclass

from awaitify.analysis.colour import Colouring
from awaitify.plan_model import Reason, TextPlan
from awaitify.planning.functions import FunctionPlanner
from awaitify.planning.target_tests.async_tests import SessionFixtures
from awaitify.planning.target_tests.built import BuiltPlanner
from awaitify.planning.target_tests.overrides import OverridePlanner
from awaitify.planning.target_tests.patches import Patches
from awaitify.project.index import Function


@dataclass(frozen=True, slots=True)
class TestsPlan:
    """What became of the tests: the files that change, new files, and overrides that could not follow.
    refused: providers that must keep their sync session, since tests isolate it in a way that has no async form. kept:
    tests that stay as they are, for the same."""

    changed: tuple[str, ...]
    texts: tuple[TextPlan, ...]
    warnings: tuple[Reason, ...]
    refused: dict[Function, Reason]
    kept: dict[Function, Reason]


NO_TESTS = TestsPlan((), (), (), {}, {})


def plan_overrides(
    colouring: Colouring, functions: FunctionPlanner, patches: Patches, moving: set[Function]
) -> TestsPlan:
    """Plans the edits of the tests. moving: the functions whose dependencies are renamed."""
    draft = functions.draft
    planner = OverridePlanner(colouring, draft, patches.sessions, moving, patches.mocks, functions.made)
    planner.plan()
    BuiltPlanner(planner).plan()
    fixtures = SessionFixtures(functions, planner.helper, planner.transactions)
    for origins in fixtures.plan():
        planner.move_memory(origins)
    texts = planner.helper.place()
    edited = [file.source.relative for file, edits in draft.edits.items() if file.is_test and edits]
    changed = [*edited, *(text.path for text in texts)]
    warnings = tuple(dict.fromkeys([*planner.warnings, *planner.transactions.warnings]))
    return TestsPlan(tuple(sorted(changed)), texts, warnings, planner.refused, fixtures.kept)
