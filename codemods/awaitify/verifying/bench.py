"""What is run, how often, and on which tree; nothing is judged here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from awaitify.verify_model import LoadRow
from awaitify.verifying import compare_load, exercise
from awaitify.verifying.exercise import Load, Replay
from awaitify.verifying.generate import SAFE, Generated, generated
from awaitify.verifying.records import App, Request, SuiteRun
from awaitify.verifying.suite import describe_app, run_suite
from awaitify.verifying.target import Target
from awaitify.verifying.trees import Tree

ENDPOINTS = 3  # as many are put under load when none is named
ROUNDS = 2


@dataclass(frozen=True, slots=True)
class Exercise:
    """How to exercise the app. examples: generated requests for each operation; seconds: of one load measurement."""

    examples: int = 5
    headers: Mapping[str, str] = field(default_factory=dict)
    endpoints: tuple[str, ...] = ()
    concurrency: int = 50
    seconds: float = 2.0


@dataclass(frozen=True, slots=True)
class Bench:
    """Both trees, and where to run them."""

    target: Target
    folder: Path
    before: Tree
    after: Tree
    progress: Callable[[str], None]

    def suites(self) -> tuple[SuiteRun, SuiteRun, SuiteRun]:
        """The tests before, before again, and after: what differs between the first two is not the change's doing."""
        first = self._suite("before")
        if not first.passed:
            nothing = SuiteRun(error=first.error or "no test passes before")
            return first, nothing, nothing
        later = self._suite("after")
        return first, self._suite("again"), later

    def apps(self, first: SuiteRun, later: SuiteRun) -> tuple[App, App]:
        """The apps as the tests had them, else as they are when they are imported by themselves."""
        if not (first.app.error or later.app.error):
            return first.app, later.app
        self.progress("importing the app, before and after")
        old, new = (
            describe_app(self.target, self._tree(name), self._place("app", name)) for name in ("before", "after")
        )
        return old, new

    def replays(self, app: App, how: Exercise) -> tuple[list[Generated], tuple[Replay, Replay, Replay], str]:
        """(the generated requests, what was answered before, before again and after, why nothing was)"""
        requests, why = self._generated(app, how)
        if why:
            return [], (Replay(), Replay(), Replay()), why
        runs = []
        for name in ("before", "again", "after"):
            self.progress(f"sending {len(requests)} generated requests ({name})")
            runs.append(exercise.replay(self.target, self._tree(name), self._place("replay", name), requests))
        return requests, (runs[0], runs[1], runs[2]), next((run.error for run in runs if run.error), "")

    def load(
        self, app: App, requests: Sequence[Generated], run: Replay, how: Exercise
    ) -> tuple[list[LoadRow], int, str]:
        """(a row for each endpoint, failed answers, why there is none). Both trees run in turn."""
        chosen = _chosen(app, requests, run.requests, how.endpoints)
        if not chosen:
            return [], 0, ""
        rounds: dict[str, list[tuple[Load, ...]]] = {"before": [], "after": []}
        for number in range(ROUNDS):
            for name, results in rounds.items():
                self.progress(f"{how.concurrency} requests at once ({name})")
                place = self._place(f"load-{number}", name)
                values = (list(chosen.values()), how.concurrency, how.seconds)
                loads, why = exercise.load(self.target, self._tree(name), place, *values)
                if why:
                    return [], 0, why
                results.append(loads)
        columns = [[list(runs) for runs in zip(*results, strict=True)] for results in rounds.values()]
        rows = [compare_load.row(name, how.concurrency, *pair) for name, *pair in zip(chosen, *columns, strict=True)]
        return rows, sum(item.failed for column in columns for runs in column for item in runs), ""

    def _generated(self, app: App, how: Exercise) -> tuple[list[Generated], str]:
        if app.error or not how.examples:
            return [], app.error or "--examples is 0"
        self.progress("generating requests")
        return generated(app.documents, how.examples, bool(self.target.setup), how.headers, self.folder)

    def _suite(self, name: str) -> SuiteRun:
        self.progress(f"running the tests ({name})")
        return run_suite(self.target, self._tree(name), self._place("tests", name))

    def _tree(self, name: str) -> Tree:
        return self.after if name == "after" else self.before

    def _place(self, what: str, name: str) -> Path:
        return self.folder / "runs" / f"{what}-{name}"


def _chosen(
    app: App, requests: Sequence[Generated], answers: Sequence[Request], named: tuple[str, ...]
) -> dict[str, Generated]:
    """Endpoint -> the request to repeat: a safe one that succeeded, of the endpoints named or those with most SQL."""
    usable: dict[str, tuple[int, Generated]] = {}
    for request, answer in zip(requests, answers, strict=False):
        label = app.label(answer)
        wanted = label in named if named else answer.io
        if wanted and request["method"] in SAFE and answer.status is not None and answer.status < 300:
            usable.setdefault(label, (answer.statements, request))
    most = sorted(usable, key=lambda label: -usable[label][0])
    return {label: usable[label][1] for label in (most if named else most[:ENDPOINTS])}
