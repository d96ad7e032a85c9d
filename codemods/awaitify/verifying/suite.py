"""Runs the tests of a tree in a fresh copy, with the probes inside."""

from __future__ import annotations

from pathlib import Path

from awaitify.verifying.records import App, SuiteRun, read_app, read_requests, read_suite
from awaitify.verifying.target import Ended, Target, run_probe, run_setup, run_tests
from awaitify.verifying.trees import Tree

WHOLE = "(the whole command)"
NOT_LOADED = App(error="the tests did not load it")


def run_suite(target: Target, tree: Tree, folder: Path) -> SuiteRun:
    """folder: does not exist yet; what the run leaves is in it."""
    if not target.tests:
        return SuiteRun(error="no --tests was given")
    folder.mkdir(parents=True)
    project, out = tree.copy_to(folder).project, folder / "out"
    if error := run_setup(target, project, folder):
        return SuiteRun(error=error)
    ended = run_tests(target, project, folder, out)
    outcomes, errors, leaked = read_suite(out)
    if error := _unusable(target, ended, leaked):
        return SuiteRun(error=error)
    if not list(out.glob("tests-*.json")):
        return SuiteRun({WHOLE: "passed" if ended.code == 0 else "failed"}, {WHOLE: ended.last_line}, watched=False)
    if not outcomes:
        return SuiteRun(error=f"the tests did not run: {ended.last_line}")
    apps = [read_app(file, "") for file in sorted(out.glob("app-*.json"))]
    return SuiteRun(outcomes, errors, read_requests(out), next(iter(apps), NOT_LOADED))


def describe_app(target: Target, tree: Tree, folder: Path) -> App:
    """Imports the app of a fresh copy, by itself."""
    if not target.app:
        return App(error="no --app was given")
    folder.mkdir(parents=True)
    project, out = tree.copy_to(folder).project, folder / "out"
    if error := run_setup(target, project, folder):
        return App(error=error)
    ended = run_probe(target, "documents", [target.app, str(out / "app.json")], project, folder, out)
    return read_app(out / "app.json", ended.last_line)


def _unusable(target: Target, ended: Ended, leaked: list[str]) -> str:
    if ended.code is None:
        return ended.output
    if ended.code == 127:
        return f"the test command cannot be run: {ended.last_line}"
    return f"the environment imports {leaked[0]} from {target.root}, not from the copy" if leaked else ""
