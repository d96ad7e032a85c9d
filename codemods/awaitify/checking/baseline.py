"""The baseline: known findings, which fail no run. It only shrinks: new ones are repaired, or ignored with a reason.

Entries are counted by rule, file, function and message, so that code that moves keeps its entry."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from awaitify.errors import AwaitifyError
from awaitify.findings import Finding

VERSION = 1
_FIELDS = ("rule", "file", "function", "message")
Key = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class Comparison:
    """new: findings that the baseline does not hold; known: how many it does; gone: entries without a finding."""

    new: tuple[Finding, ...]
    known: int = 0
    gone: int = 0


def compare(findings: Iterable[Finding], baseline: Counter[Key]) -> Comparison:
    """As a multiset; of equal findings the first ones are the known ones."""
    left, new, known = Counter(baseline), list[Finding](), 0
    for finding in findings:
        if left[finding.key] > 0:
            left[finding.key] -= 1
            known += 1
        else:
            new.append(finding)
    return Comparison(tuple(new), known, sum(left.values()))


def load(file: Path) -> Counter[Key]:
    """The entries of a baseline file. Raises AwaitifyError."""
    try:
        data = json.loads(file.read_text("utf-8"))
        return Counter({tuple(entry[name] for name in _FIELDS): _count(entry) for entry in data["findings"]})
    except OSError as error:
        why = f"{file}: cannot be read ({error.strerror}); `--update-baseline` makes one"
        raise AwaitifyError(why) from error
    except (ValueError, KeyError, TypeError) as error:
        raise AwaitifyError(f"{file}: is not a baseline of awaitify; restore it from version control") from error


def save(file: Path, entries: Counter[Key]) -> None:
    """Writes the entries, sorted, one a line, so that a diff shows what went. Raises AwaitifyError."""
    lines = [json.dumps(_entry(key, count), ensure_ascii=False) for key, count in sorted(entries.items()) if count > 0]
    listed = ",\n    ".join(lines)
    text = f'{{\n  "version": {VERSION},\n  "findings": [{f"{chr(10)}    {listed}{chr(10)}  " if lines else ""}]\n}}\n'
    try:
        file.write_text(text, "utf-8", newline="\n")
    except OSError as error:
        raise AwaitifyError(f"{file}: cannot be written ({error.strerror}); give another place") from error


def updated(findings: Iterable[Finding], baseline: Counter[Key] | None) -> Counter[Key]:
    """The baseline after an update: of what it has, what is still found; of nothing (None), everything found."""
    found = Counter(finding.key for finding in findings)
    return found if baseline is None else baseline & found


def _entry(key: Key, count: int) -> dict[str, Any]:
    return {**dict(zip(_FIELDS, key, strict=True)), "count": count}


def _count(entry: dict[str, Any]) -> int:
    return int(entry.get("count", 1))
