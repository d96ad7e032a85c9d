"""What `awaitify verify` found: frozen data for the terminal, the reports and JSON."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass

EQUAL = "equal"
WORSE = "worse"
UNMEASURED = "not measured"
MEASURED = "measured"  # figures without a verdict


@dataclass(frozen=True, slots=True)
class Step:
    """One measurement. findings: what got worse, a line each; notes: what a reader should know besides.

    headline: the figures, or, when state is UNMEASURED, the reason."""

    name: str
    state: str
    headline: str
    findings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SqlRow:
    """SQL statements of one endpoint, over the requests that both trees answered.

    most_*: with how many different parameters one statement ran in one request, at most; statement: that one, after."""

    endpoint: str
    requests: int
    before: int
    after: int
    most_before: int
    most_after: int
    statement: str = ""


@dataclass(frozen=True, slots=True)
class LoadRow:
    """One endpoint under concurrent requests, in process. rate: requests a second; p50, p95: milliseconds."""

    endpoint: str
    concurrency: int
    rate_before: float
    rate_after: float
    p50_before: float
    p50_after: float
    p95_before: float
    p95_after: float


@dataclass(frozen=True, slots=True)
class Verification:
    """Everything that was measured. base: the revision or folder that `before` was made of."""

    root: str
    base: str
    steps: tuple[Step, ...]
    routes: int = 0
    async_before: int = 0
    async_after: int = 0
    sql: tuple[SqlRow, ...] = ()
    load: tuple[LoadRow, ...] = ()

    @property
    def worse(self) -> tuple[Step, ...]:
        """The steps that found something worse."""
        return tuple(step for step in self.steps if step.state == WORSE)

    def to_json(self) -> str:
        """Deterministic JSON of everything."""
        return json.dumps({"verdict": self.verdict, **dataclasses.asdict(self)}, indent=2, ensure_ascii=False)

    @property
    def verdict(self) -> str:
        """WORSE when a step is, UNMEASURED when no step measured anything, else EQUAL."""
        if self.worse:
            return WORSE
        return EQUAL if any(step.state == EQUAL for step in self.steps) else UNMEASURED
