"""Findings as workflow commands of GitHub Actions, which shows them as annotations of a pull request."""

from __future__ import annotations

from collections.abc import Sequence

from awaitify.findings import Finding
from awaitify.report.findings.text import chain


def render(findings: Sequence[Finding], prefix: str = "") -> str:
    """One command a finding. prefix: the project's folder within the repository, with a slash, or empty."""
    return "".join(f"{_command(finding, prefix)}\n" for finding in findings)


def _command(finding: Finding, prefix: str) -> str:
    values = {
        "file": f"{prefix}{finding.file}",
        "line": str(finding.line),
        "col": str(finding.column),
        "title": f"awaitify {finding.rule}",
    }
    properties = ",".join(f"{name}={_property(value)}" for name, value in values.items())
    lines = [finding.message, *(line.strip() for line in chain(finding.chain)), f"help: {finding.help}"]
    return f"::{finding.level} {properties}::{_data(chr(10).join(lines))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
