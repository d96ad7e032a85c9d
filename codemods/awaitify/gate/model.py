"""What the gate answers with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One reason not to write. path: as the caller named the file; line counts from 1; rule: a short stable identifier;
    function: the dotted qualified name of the enclosing function, empty at module level."""

    path: str
    line: int
    rule: str
    message: str
    function: str = ""


def new_findings(before: Iterable[Finding], after: Iterable[Finding]) -> list[Finding]:
    """Those of `after` that `before` does not account for, as a multiset by everything but the line.

    A project that was already odd somewhere (a coroutine handed to a helper of its own) is not the rewrite's fault."""
    seen = Counter((item.path, item.rule, item.message, item.function) for item in before)
    fresh: list[Finding] = []
    for item in after:
        key = (item.path, item.rule, item.message, item.function)
        if seen[key]:
            seen[key] -= 1
        else:
            fresh.append(item)
    return fresh
