"""The same request in both trees: matched by the test that made it, and its number there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from awaitify.verifying.records import Request


@dataclass(frozen=True, slots=True)
class Pair:
    """before: the two times it was made before, which tell what varies by itself; after: once."""

    before: tuple[Request, Request]
    after: Request


def matched(first: Iterable[Request], second: Iterable[Request], after: Iterable[Request]) -> tuple[Pair, ...]:
    """The requests that all three runs made, in the same order and to the same endpoint."""
    once, again, later = ({(item.test, item.number): item for item in run} for run in (first, second, after))
    keys = [key for key in once if key in again and key in later]
    found = (Pair((once[key], again[key]), later[key]) for key in keys)
    return tuple(pair for pair in found if _same(pair))


def _same(pair: Pair) -> bool:
    """Requests made at the same time come in any order."""
    return len({(item.method, item.path.count("/"), item.function) for item in (*pair.before, pair.after)}) == 1
