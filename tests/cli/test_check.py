"""`awaitify check`: exit codes, streams, formats and the baseline, over a checker that only pretends."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from awaitify.checking import checker
from awaitify.findings import RULES, Finding, Step

CHAIN = (
    Step("main.py", 3, 1, "GET /x", "main.x"),
    Step("main.py", 4, 5, "load", "db.load"),
    Step("db.py", 2, 1, "get"),
)
FOUND = Finding(
    "blocking-call", "main.py", 4, 5, "main.x", "load(...) blocks: 100%", "await it", "error", "GET /x", CHAIN
)


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> list[Finding]:
    """What the checker finds."""
    findings = [FOUND]
    monkeypatch.setattr(checker, "check_project", lambda root, settings, progress: list(findings))
    return findings


def test_text_shows_the_chain_and_the_count(cli, root: Path, found: list[Finding]) -> None:
    result = cli("check", root)
    assert result.exit_code == 1
    assert result.stderr == ""
    assert result.stdout.splitlines() == [
        "main.py:4:5: error[blocking-call] load(...) blocks: 100%",
        "    GET /x   main.py:3",
        "    -> load  main.py:4",
        "    -> get   db.py:2",
        "    help: await it",
        "",
        "1 finding in 1 file: 1 blocking-call.",
    ]


def test_nothing_found_is_0(cli, root: Path, found: list[Finding]) -> None:
    found.clear()
    result = cli("check", root)
    assert (result.exit_code, result.stdout) == (0, "No findings.\n")


def test_json_alone_is_on_stdout(cli, root: Path, found: list[Finding]) -> None:
    result = cli("check", root, "--format", "json")
    data = json.loads(result.stdout)
    assert result.exit_code == 1
    assert data["counts"] == {"blocking-call": 1}
    assert [step["text"] for step in data["findings"][0]["chain"]] == ["GET /x", "load", "get"]
    assert result.stderr == "1 finding in 1 file: 1 blocking-call.\n"


def test_github_commands_are_escaped_and_start_at_the_repository(cli, repository: Path, found: list[Finding]) -> None:
    (repository / "service").mkdir()
    result = cli("check", repository / "service", "--format", "github")
    command = result.stdout.rstrip("\n")
    assert command.startswith(
        "::error file=service/main.py,line=4,col=5,title=awaitify blocking-call::load(...) blocks: 100%25%0A"
    )
    assert "\n" not in command


def test_one_rule(cli, root: Path, found: list[Finding]) -> None:
    found.append(replace(FOUND, rule="unawaited", line=9))
    result = cli("check", root, "--rule", "unawaited", "--format", "json")
    assert json.loads(result.stdout)["counts"] == {"unawaited": 1}


def test_a_baseline_is_made_and_then_only_shrinks(cli, root: Path, found: list[Finding]) -> None:
    file = root / "known.json"
    made = cli("check", root, "--baseline", file, "--update-baseline")
    assert (made.exit_code, made.stdout) == (0, "No findings. The baseline holds 1 more.\n")
    found.append(replace(FOUND, function="main.y"))
    result = cli("check", root, "--baseline", file, "--update-baseline")
    assert result.exit_code == 1
    assert "were not added: a baseline only shrinks" in result.stderr
    found.clear()
    assert "Repaired since: 1 " in cli("check", root, "--baseline", file).stdout
    cli("check", root, "--baseline", file, "--update-baseline")
    assert json.loads(file.read_text())["findings"] == []


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--format", "xml"], "--format"),
        (["--rule", "blocking"], 'did you mean "blocking-call"'),
        (["--update-baseline"], "--baseline FILE"),
        (["--baseline", "none.json"], "--update-baseline"),
    ],
)
def test_wrong_use_is_2(cli, root: Path, found: list[Finding], options: list[str], says: str) -> None:
    assert says in cli.error(2, "check", root, *options)


def test_the_rules_are_listed(cli) -> None:
    result = cli("check", "--list-rules")
    assert result.exit_code == 0
    assert [line.split()[0] for line in result.stdout.splitlines() if not line.startswith(" ")] == list(RULES)
