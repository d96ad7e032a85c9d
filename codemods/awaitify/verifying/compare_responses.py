"""Answers to the same requests: status, some headers, body. What differs between two runs before is not compared."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from awaitify.verify_model import EQUAL, UNMEASURED, WORSE, Step
from awaitify.verifying.differences import Path, differences, told
from awaitify.verifying.pairs import Pair
from awaitify.verifying.records import App, Request


def compare(name: str, pairs: Sequence[Pair], app: App, why: str) -> Step:
    """app: the one after, for the names of the endpoints. why: the reason when there are no pairs."""
    if not pairs:
        return Step(name, UNMEASURED, f"because {why or 'both trees answered no request in common'}")
    found: dict[str, list[Request]] = {}
    unequal = varying = 0
    for pair in pairs:
        lines, masked = _difference(pair)
        unequal += bool(lines)
        varying += masked
        for line in lines:
            found.setdefault(f"{app.label(pair.after)}: {line}", []).append(pair.after)
    headline = f"{len(pairs) - unequal} of {len(pairs)} equal"
    if varying:
        headline += f"; {varying} values vary from run to run and were not compared"
    findings = tuple(f"{line} ({_where(requests)})" for line, requests in found.items())
    return Step(name, WORSE if findings else EQUAL, headline, findings)


def _difference(pair: Pair) -> tuple[list[str], int]:
    """(differences in lines, how many values were not compared because they vary by themselves)"""
    first, second, after = (_answer(item) for item in (*pair.before, pair.after))
    varying = {path for path, *_ in differences(first, second)}
    lines = [told(path, *values) for path, *values in differences(first, after) if not _masked(path, varying)]
    return lines, len(varying)


def _answer(request: Request) -> dict[str, Any]:
    try:
        body = json.loads(request.body)
    except ValueError:
        body = request.body
    return {"status": request.status, "headers": dict(request.headers), "body": body}


def _masked(path: Path, varying: set[Path]) -> bool:
    """Whether the path, or what holds it, or something in it varies."""
    return any(path in varying or path == longer[: len(path)] for longer in varying) or any(
        prefix in varying for prefix in _prefixes(path)
    )


def _prefixes(path: Path) -> Iterator[Path]:
    return (path[:length] for length in range(len(path)))


def _where(requests: Sequence[Request]) -> str:
    first = requests[0]
    place = f"request {first.number} of {first.test}" if first.test else f"{first.method} {first.path}"
    return place + (f" and {len(requests) - 1} more" if len(requests) > 1 else "")
