"""All the steps, one after the other: what is run, how often, and on which tree."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from awaitify.verify_model import Verification
from awaitify.verifying import compare_blocking, compare_openapi, compare_tests
from awaitify.verifying.records import App, SuiteRun
from awaitify.verifying.suite import describe_app, run_suite
from awaitify.verifying.target import Target
from awaitify.verifying.trees import Tree, side_by_side


@dataclass(frozen=True, slots=True)
class Runs:
    """What was run: the tests twice before and once after, the apps."""

    before: tuple[SuiteRun, SuiteRun]
    after: SuiteRun
    apps: tuple[App, App]


def verify(target: Target, base: str, progress: Callable[[str], None]) -> Verification:
    """Runs both trees and compares. Raises AwaitifyError for a base that does not exist."""
    with side_by_side(target.root, base) as (folder, before, after):
        runs = _run(target, folder, before, after, progress)
    steps = (
        compare_openapi.compare(*runs.apps),
        compare_tests.compare(runs.before, runs.after),
        compare_blocking.compare(runs.before[0].requests, runs.after.requests, runs.apps, runs.after.error),
    )
    routes, async_before, async_after = compare_openapi.colours(*runs.apps)
    return Verification(str(target.root), base, steps, routes, async_before, async_after)


def _run(target: Target, folder: Path, before: Tree, after: Tree, progress: Callable[[str], None]) -> Runs:
    first, later, second = _suites(target, folder, before, after, progress)
    apps = (first.app, later.app)
    if any(app.error for app in apps):
        progress("importing the app, before and after")
        places = ((tree, folder / "runs" / f"app-{tree.top.parent.name}") for tree in (before, after))
        old, new = (describe_app(target, tree, place) for tree, place in places)
        apps = (old, new)
    return Runs((first, second), later, apps)


def _suites(
    target: Target, folder: Path, before: Tree, after: Tree, progress: Callable[[str], None]
) -> tuple[SuiteRun, SuiteRun, SuiteRun]:
    """The tests before, after, and before once more: what differs between the two says nothing about the change."""
    suites: list[SuiteRun] = []
    for name, tree in (("before", before), ("after", after), ("before, again", before)):
        if suites and not suites[0].passed:
            nothing = SuiteRun(error=suites[0].error or "no test passes before")
            return suites[0], nothing, nothing
        progress(f"running the tests ({name})")
        suites.append(run_suite(target, tree, folder / "runs" / f"tests-{len(suites)}"))
    return suites[0], suites[1], suites[2]
