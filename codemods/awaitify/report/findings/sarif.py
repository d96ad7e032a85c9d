"""Findings as SARIF 2.1.0, for code scanning: each chain is a code flow."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any
from urllib.parse import quote

from awaitify.findings import RULES, Finding, Step

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_ORDER = list(RULES)


def render(findings: Sequence[Finding], prefix: str = "") -> str:
    """One run. prefix: the project's folder within the repository, with a slash, or empty."""
    driver = {"name": "awaitify", "version": version("awaitify"), "rules": [_rule(name) for name in _ORDER]}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(finding, prefix) for finding in findings],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=False) + "\n"


def _rule(name: str) -> dict[str, Any]:
    rule = RULES[name]
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.what},
        "help": {"text": f"{rule.cure[0].upper()}{rule.cure[1:]}."},
        "defaultConfiguration": {"level": "error"},
    }


def _result(finding: Finding, prefix: str) -> dict[str, Any]:
    place = _location(finding.file, finding.line, finding.column, prefix)
    if finding.function:
        place["logicalLocations"] = [{"fullyQualifiedName": finding.function, "kind": "function"}]
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": _ORDER.index(finding.rule),
        "level": finding.level,
        "message": {"text": f"{finding.message}. Help: {finding.help}"},
        "locations": [place],
        "partialFingerprints": {"awaitify/v1": hashlib.sha256("\0".join(finding.key).encode()).hexdigest()},
    }
    if len(finding.chain) > 1:
        steps = [{"location": _step(step, prefix)} for step in finding.chain]
        result["codeFlows"] = [{"threadFlows": [{"locations": steps}]}]
    return result


def _step(step: Step, prefix: str) -> dict[str, Any]:
    text = f"{step.text} -> {step.target}" if step.target and step.target != step.text else step.text
    return {**_location(step.file, step.line, step.column, prefix), "message": {"text": text}}


def _location(file: str, line: int, column: int, prefix: str) -> dict[str, Any]:
    artifact = {"uri": quote(f"{prefix}{file}"), "uriBaseId": "%SRCROOT%"}
    return {"physicalLocation": {"artifactLocation": artifact, "region": {"startLine": line, "startColumn": column}}}
