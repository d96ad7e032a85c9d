"""Findings for a terminal: place, rule, message, the chain below, and what to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from awaitify.findings import RULES, Finding, Step


def render(findings: Sequence[Finding]) -> str:
    """One block a finding; empty for none."""
    return "".join(f"{block(finding)}\n" for finding in findings)


def block(finding: Finding) -> str:
    """The lines of one finding."""
    head = f"{finding.file}:{finding.line}:{finding.column}: {finding.level}[{finding.rule}] {finding.message}"
    return "\n".join([head, *chain(finding.chain), f"    help: {finding.help}", ""])


def chain(steps: Sequence[Step]) -> list[str]:
    """The way from the entry to what blocks, one link a line, its place at the end."""
    if len(steps) < 2:
        return []
    texts = [steps[0].text, *(f"-> {step.text}" for step in steps[1:])]
    places = [f"{step.file}:{step.line}" for step in steps]
    width = min(60, max(map(len, texts)))
    return [f"    {text:{width}}  {place}" for text, place in zip(texts, places, strict=True)]


def rules() -> str:
    """The rules, one a line, with what to do."""
    width = max(map(len, RULES))
    return "".join(f"{rule.id:{width}}  {rule.what}\n{'':{width}}  {rule.cure}.\n" for rule in RULES.values())


def headline(findings: Sequence[Finding], known: int, gone: int) -> str:
    """One line that counts."""
    by_rule = ", ".join(f"{count} {rule}" for rule, count in sorted(Counter(item.rule for item in findings).items()))
    files = len({item.file for item in findings})
    what = f"{_plural(len(findings), 'finding')} in {_plural(files, 'file')}: {by_rule}" if findings else "no findings"
    parts = [f"{what[0].upper()}{what[1:]}."]
    if known:
        parts.append(f"The baseline holds {known} more.")
    if gone:
        parts.append(f"Repaired since: {gone} (--update-baseline drops them).")
    return " ".join(parts)


def _plural(count: int, one: str, many: str = "") -> str:
    return f"{count} {one if count == 1 else many or one + 's'}"
