"""What the linter finds in a service with many shapes, and the chains that it shows."""

from __future__ import annotations

from pathlib import Path

from awaitify.checking.checker import check_project
from awaitify.config import Settings
from awaitify.findings import Finding


def test_each_shape_is_judged_as_expected(found: list[Finding], wanted: list[tuple[str, int, str]]) -> None:
    places = [(item.file, item.line, item.rule) for item in found]
    missed, unexpected = set(wanted) - set(places), set(places) - set(wanted)
    assert (missed, unexpected) == (set(), set())
    assert len(places) == len(wanted)  # none twice


def at(found: list[Finding], text: str) -> Finding:
    """The finding whose message begins so."""
    return next(item for item in found if item.message.startswith(text))


def test_the_chain_goes_from_the_route_to_what_waits(found: list[Finding]) -> None:
    finding = at(found, "report(...)")
    steps = [(step.text, step.file, step.target.replace("requests.api.", "requests.")) for step in finding.chain]
    assert steps == [  # installed, `requests.get` is `requests.api.get`
        ("GET /chain/{user_id}", "app/main.py", "app.main.chain"),
        ("report", "app/main.py", "app.service.report"),
        ("load", "app/service.py", "app.clients.fetch"),
        ("requests.get", "app/clients.py", "requests.get"),
    ]
    assert (finding.function, finding.entry, finding.level) == ("app.main.chain", "GET /chain/{user_id}", "error")


def test_each_way_onto_the_loop_has_a_name(found: list[Finding]) -> None:
    entries = {item.function.rpartition(".")[2]: item.entry for item in found}
    assert {name: entries[name] for name in ("current_user", "socket", "job", "guard", "warm", "lifespan")} == {
        "current_user": "dependency of user",
        "socket": "WS /ws",
        "job": "background task",
        "guard": "middleware",
        "warm": "startup handler",
        "lifespan": "lifespan",
    }
    assert entries["reachable"] == "request validation of POST /webhooks"


def test_what_waits_briefly_or_before_the_first_request_is_a_warning(found: list[Finding]) -> None:
    levels = {item.function.rpartition(".")[2]: item.level for item in found}
    assert [levels[name] for name in ("guard", "lifespan", "warm", "direct")] == [
        "warning",
        "warning",
        "warning",
        "error",
    ]


def test_without_the_tests(service: Path, found: list[Finding]) -> None:
    names = {item.file for item in check_project(service, Settings(tests=False), lambda step: None)}
    assert names == {item.file for item in found} - {"tests/test_async.py"}
