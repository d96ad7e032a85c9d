"""Findings as JSON."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import version

from awaitify.findings import Finding

VERSION = 1


def render(findings: Sequence[Finding], known: int = 0, gone: int = 0) -> str:
    """version: of this format; baseline: how many known findings it took out, how many of its entries are gone."""
    counts = dict(sorted(Counter(finding.rule for finding in findings).items()))
    data = {
        "version": VERSION,
        "tool": {"name": "awaitify", "version": version("awaitify")},
        "counts": counts,
        "baseline": {"known": known, "gone": gone},
        "findings": [{**asdict(finding), "cure": finding.help} for finding in findings],
    }
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"
