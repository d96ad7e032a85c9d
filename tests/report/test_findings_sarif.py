"""SARIF 2.1.0: what its schema requires, and what code scanning reads."""

from __future__ import annotations

import json
from typing import Any

from awaitify.findings import RULES, Finding, Step
from awaitify.report.findings import sarif

CHAIN = (Step("a b.py", 3, 1, "GET /x", "main.x"), Step("db.py", 2, 1, "requests.get", "requests.api.get"))
FOUND = [
    Finding("sync-session", "a b.py", 4, 5, "main.x", "load(...) blocks", "await it", "warning", "GET /x", CHAIN),
    Finding("stale-ignore", "db.py", 1, 1, "", "this comment silences nothing here: take it out"),
]


def document(prefix: str = "") -> dict[str, Any]:
    return json.loads(sarif.render(FOUND, prefix))


def test_the_document_has_what_the_schema_requires() -> None:
    data = document()
    assert (data["version"], set(data)) == ("2.1.0", {"$schema", "version", "runs"})
    (run,) = data["runs"]
    assert set(run) <= {"tool", "columnKind", "results"}
    assert run["tool"]["driver"]["name"] == "awaitify"
    assert run["columnKind"] in ("utf16CodeUnits", "unicodeCodePoints")
    for rule in run["tool"]["driver"]["rules"]:
        assert rule["id"] in RULES
        assert rule["shortDescription"]["text"] and rule["help"]["text"]
        assert rule["defaultConfiguration"]["level"] in ("none", "note", "warning", "error")


def test_each_result_points_at_its_rule_and_place() -> None:
    (run,) = document("service/")["runs"]
    rules = run["tool"]["driver"]["rules"]
    for finding, result in zip(FOUND, run["results"], strict=True):
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"] == finding.rule
        assert result["level"] == finding.level
        assert result["message"]["text"].startswith(finding.message)
        (location,) = result["locations"]
        assert location["physicalLocation"]["region"] == {"startLine": finding.line, "startColumn": finding.column}
    first = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert first == {"uri": "service/a%20b.py", "uriBaseId": "%SRCROOT%"}


def test_a_chain_is_a_code_flow() -> None:
    with_chain, without = document()["runs"][0]["results"]
    (flow,) = with_chain["codeFlows"]
    (thread,) = flow["threadFlows"]
    texts = [item["location"]["message"]["text"] for item in thread["locations"]]
    assert texts == ["GET /x -> main.x", "requests.get -> requests.api.get"]
    assert "codeFlows" not in without


def test_a_finding_that_moves_keeps_its_fingerprint() -> None:
    moved = [Finding(**{**{name: getattr(FOUND[0], name) for name in Finding.__slots__}, "line": 99})]
    before = document()["runs"][0]["results"][0]["partialFingerprints"]
    assert json.loads(sarif.render(moved))["runs"][0]["results"][0]["partialFingerprints"] == before
