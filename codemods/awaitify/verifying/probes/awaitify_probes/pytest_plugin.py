"""A pytest plugin (`-p awaitify_probes.pytest_plugin`): outcomes of the tests, and what their requests did."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import Any

from . import blame, documents, loop_watch, seen, watch

APP = os.environ.get("AWAITIFY_PROBE_APP", "")
ORIGINAL = os.environ.get("AWAITIFY_PROBE_ORIGINAL", "")
outcomes: dict[str, str] = {}
errors: dict[str, str] = {}


def pytest_collection_finish(session: Any) -> None:
    """Test files are known: calls that they make are not the service's."""
    blame.test_files.update(os.path.realpath(str(item.fspath)) for item in session.items)
    blame.owner_of.cache_clear()
    watch.patch()


def pytest_collectreport(report: Any) -> None:
    """A file that cannot be imported is an error of its own."""
    if report.failed:
        outcomes[report.nodeid], errors[report.nodeid] = "error", _last_line(report)


def pytest_runtest_logstart(nodeid: str, location: Any) -> None:
    """Requests from here on are this test's."""
    seen.start_test(nodeid)
    watch.patch()


def pytest_runtest_call(item: Any) -> None:
    """Fixtures may have imported more."""
    watch.patch()


def pytest_runtest_logreport(report: Any) -> None:
    """The worst of set-up, call and tear-down counts."""
    if report.failed:
        outcomes[report.nodeid] = "failed" if report.when == "call" else "error"
        errors.setdefault(report.nodeid, _last_line(report))
    elif report.skipped:
        outcomes.setdefault(report.nodeid, "xfailed" if hasattr(report, "wasxfail") else "skipped")
    elif report.when == "call":
        outcomes.setdefault(report.nodeid, "passed")


def pytest_sessionfinish(session: Any) -> None:
    """Writes the outcomes (of several processes the controller alone) and the app as the suite had it."""
    if not seen.OUT:
        return
    result = {"leaked": loop_watch.leaked(ORIGINAL) if ORIGINAL else []}
    if not hasattr(session.config, "workerinput"):
        result.update(outcomes=outcomes, errors=errors)
    documents.write(result, seen.file("tests", "json"))
    if APP and APP.partition(":")[0] in sys.modules:
        with contextlib.suppress(Exception):  # that it can give no document is told elsewhere
            documents.write(documents.describe(documents.load(APP)), seen.file("app", "json"))


def _last_line(report: Any) -> str:
    crash = getattr(getattr(report, "longrepr", None), "reprcrash", None)
    text = crash.message if crash is not None else str(getattr(report, "longrepr", ""))
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return (lines[0] if crash is not None else lines[-1])[:200] if lines else ""


if seen.OUT:
    watch.install()
