"""What the plan says of a service's tests."""

from __future__ import annotations

from dataclasses import dataclass

from awaitify.plan_model import Reason, TextPlan
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
