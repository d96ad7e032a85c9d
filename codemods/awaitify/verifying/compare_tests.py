"""Tests that passed before pass after."""

from __future__ import annotations

from collections.abc import Sequence

from awaitify.verify_model import EQUAL, UNMEASURED, WORSE, Step
from awaitify.verifying.records import SuiteRun

NAME = "tests"


def compare(before: Sequence[SuiteRun], after: SuiteRun) -> Step:
    """before: two runs; only a test that passed in both is judged."""
    if reason := before[0].error:
        return Step(NAME, UNMEASURED, f"because {reason}")
    judged = frozenset.intersection(*(run.passed for run in before))
    if not judged:
        return Step(NAME, UNMEASURED, f"because no test passes before: {_first_error(before[0])}")
    if after.error:
        return Step(NAME, WORSE, "the tests no longer run", (after.error,))
    lost = tuple(sorted(judged - after.passed))
    kept = f"{len(judged) - len(lost)} of {len(judged)} still pass"
    notes = _notes(before, after, judged)
    if not lost:
        return Step(NAME, EQUAL, kept, notes=notes)
    return Step(NAME, WORSE, f"{kept}; {len(lost)} lost", tuple(_told(test, after) for test in lost), notes)


def _told(test: str, after: SuiteRun) -> str:
    outcome = after.outcomes.get(test, "gone")
    return f"{test}: {outcome}{': ' + after.errors[test] if test in after.errors else ''}"


def _notes(before: Sequence[SuiteRun], after: SuiteRun, judged: frozenset[str]) -> tuple[str, ...]:
    unsteady = frozenset.union(*(run.passed for run in before)) - judged
    failing = frozenset(before[0].outcomes) - frozenset.union(*(run.passed for run in before))
    gained = after.passed - judged - unsteady
    notes = [
        (unsteady, "passed in one of two runs before: not judged"),
        (failing, "did not pass before: not judged"),
        (gained, "passed after only"),
    ]
    return tuple(f"{len(tests)} {text}{_some(tests)}" for tests, text in notes if tests)


def _some(tests: frozenset[str]) -> str:
    names = sorted(tests)
    return f" ({', '.join(names[:3])}{', ...' if len(names) > 3 else ''})"


def _first_error(run: SuiteRun) -> str:
    return next(iter(run.errors.values()), "none was found")
