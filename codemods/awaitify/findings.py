"""What `awaitify check` reports, as frozen data: the rules, a finding, and the chain that leads to it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_PLACES = re.compile(r"(?::\d+)+\b|\bline \d+")


@dataclass(frozen=True, slots=True)
class Rule:
    """id: stable, kebab-case. what: one line. cure: what to do about it, unless a finding says it better."""

    id: str
    what: str
    cure: str


RULES = {
    rule.id: rule
    for rule in (
        Rule(
            "blocking-call",
            "A call that waits (network, files, locks, sleep, other processes) holds up the event loop.",
            "use the library's async form, or `await asyncio.to_thread(...)`",
        ),
        Rule(
            "sync-session",
            "A sync database session, connection or query does I/O on the event loop.",
            "use an AsyncSession and await it (`awaitify plan` shows how), or make the route a plain `def`",
        ),
        Rule(
            "cpu-bound",
            "A long computation (password hashing, images, data frames) holds up the event loop.",
            "`await asyncio.to_thread(...)`",
        ),
        Rule(
            "unawaited",
            "A coroutine is made and nobody awaits it: the call does nothing.",
            "put `await` before it",
        ),
        Rule(
            "lazy-load",
            "An attribute is loaded on access under an AsyncSession: MissingGreenlet at run time.",
            "load it with the query (`selectinload`), or `await session.refresh(obj, [name])` before",
        ),
        Rule(
            "stale-ignore",
            "An `awaitify: ignore` comment that silences nothing, names no rule, or gives no reason.",
            "take it out, or correct it",
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Step:
    """One link of a chain: text stands at a place (line and column from 1) and leads to target, a dotted name.

    target is empty for the entry itself."""

    file: str
    line: int
    column: int
    text: str
    target: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to repair. function: dotted id of the function around it, empty at module level. level: "error", or
    "warning" for what waits briefly or only while the server starts. entry: how the event loop gets there
    (`GET /items`), empty when nothing is known to lead there. chain: from the entry to what blocks.

    message holds no line numbers: a finding that only moves stays the same finding."""

    rule: str
    file: str
    line: int
    column: int
    function: str
    message: str
    cure: str = ""
    level: str = "error"
    entry: str = ""
    chain: tuple[Step, ...] = field(default=(), compare=False)

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What identifies it across edits elsewhere in the file: rule, file, function, message."""
        return self.rule, self.file, self.function, normalised(self.message)

    @property
    def help(self) -> str:
        """What to do."""
        return self.cure or RULES[self.rule].cure


def normalised(message: str) -> str:
    """A message without places, blanks folded."""
    return " ".join(_PLACES.sub("", message).split())
