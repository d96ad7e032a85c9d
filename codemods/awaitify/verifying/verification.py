"""All measurements of one run, compared."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from awaitify.verify_model import Verification
from awaitify.verifying import (
    compare_blocking,
    compare_load,
    compare_openapi,
    compare_responses,
    compare_sql,
    compare_tests,
)
from awaitify.verifying.bench import Bench, Exercise
from awaitify.verifying.pairs import matched
from awaitify.verifying.target import Target
from awaitify.verifying.trees import side_by_side


def verify(target: Target, base: str, how: Exercise, progress: Callable[[str], None]) -> Verification:
    """Runs both trees and compares. Raises AwaitifyError for a base that does not exist."""
    with side_by_side(target.root, base) as (folder, before, after):
        return _measured(Bench(target, Path(folder), before, after, progress), base, how)


def _measured(bench: Bench, base: str, how: Exercise) -> Verification:
    first, again, later = bench.suites()
    apps = bench.apps(first, later)
    requests, replays, no_replay = bench.replays(apps[1] if not apps[0].error else apps[0], how)
    load, failed, no_load = bench.load(apps[1], requests, replays[2], how)

    no_tests = later.error or first.error
    in_tests = matched(first.requests, again.requests, later.requests)
    sent = matched(*(run.requests for run in replays))
    before, after = ((*suite.requests, *run.requests) for suite, run in ((first, replays[0]), (later, replays[2])))
    sql = compare_sql.rows((*in_tests, *sent), apps[1])
    steps = (
        compare_openapi.compare(*apps),
        compare_tests.compare((first, again), later),
        compare_blocking.compare(before, after, apps, no_tests or no_replay),
        compare_responses.compare("responses in tests", in_tests, apps[1], no_tests),
        compare_responses.compare("responses to generated requests", sent, apps[1], no_replay),
        compare_sql.compare(sql, no_tests if not after else ""),
        compare_load.compare(load, failed, no_load or no_replay, how.endpoints),
    )
    routes, *counts = compare_openapi.colours(*apps)
    return Verification(str(bench.target.root), base, steps, routes, counts[0], counts[1], sql, tuple(load))
