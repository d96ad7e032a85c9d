"""The plan: what crosses from the analysis to the rewrite and to the reports. Frozen, deterministic, JSON-ready."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from awaitify_transforms.edits import Edit, edit_from_json

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something was decided. rule: a short stable identifier (`unresolved-call`); file is relative to the root,
    line counts from 1; chain: the functions on the way, outermost first."""

    rule: str
    message: str
    file: str = ""
    line: int = 0
    chain: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CallFact:
    """One call on a route's path. kind: native, bridge, project, harmless, unclassified, unresolved."""

    file: str
    line: int
    text: str
    kind: str
    target: str = ""


@dataclass(frozen=True, slots=True)
class RouteOutcome:
    """A route before and after. before, after: "sync" or "async".
    outcome: "native" (became async with native awaits), "bridged" (async, but only bridges), "unchanged" (nothing to
    do), "repaired" (was async and blocked, no longer does), "left" (should change and could not: see reasons).
    bridges: calls on its path that run in a thread or in `run_sync` before."""

    method: str
    path: str
    function: str
    file: str
    line: int
    router: str
    before: str
    after: str
    outcome: str
    reasons: tuple[Reason, ...] = ()
    bridges: int = 0


@dataclass(frozen=True, slots=True)
class FilePlan:
    """The edits of one file. path is relative to the root, with forward slashes; sha256 is that of its bytes."""

    path: str
    sha256: str
    edits: tuple[Edit, ...]


@dataclass(frozen=True, slots=True)
class TextPlan:
    """A whole new text for a file that is not Python (requirements, pyproject), or for a new file (sha256 empty)."""

    path: str
    sha256: str
    text: str
    encoding: str = "utf-8"


@dataclass(frozen=True, slots=True)
class FunctionOutcome:
    """What a function became (async, sync, bridged, twin) and why, for `explain`."""

    function: str
    file: str
    line: int
    before: str
    after: str
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class ProjectPlan:
    """Everything that `apply` needs and that the reports tell."""

    routes: tuple[RouteOutcome, ...] = ()
    files: tuple[FilePlan, ...] = ()
    texts: tuple[TextPlan, ...] = ()
    functions: tuple[FunctionOutcome, ...] = ()
    calls: tuple[CallFact, ...] = ()
    warnings: tuple[Reason, ...] = ()
    tests_changed: tuple[str, ...] = ()
    facts: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> str:
        """The plan as JSON, equal plans giving equal text."""
        data = {
            "format": FORMAT,
            **{
                name: [asdict(item) for item in getattr(self, name)]
                for name in ("routes", "texts", "functions", "calls", "warnings")
            },
            "files": [
                {"path": plan.path, "sha256": plan.sha256, "edits": [edit.to_json() for edit in plan.edits]}
                for plan in self.files
            ],
            "tests_changed": list(self.tests_changed),
            "facts": self.facts,
        }
        return json.dumps(data, indent=1, sort_keys=True)


def _reasons(items: Iterable[dict[str, Any]]) -> tuple[Reason, ...]:
    return tuple(Reason(**{**item, "chain": tuple(item["chain"])}) for item in items)


def plan_from_json(text: str) -> ProjectPlan:
    """Reads what `ProjectPlan.to_json` wrote. Raises ValueError when it is not a plan of this format."""
    data = json.loads(text)
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise ValueError(f"not an awaitify plan of format {FORMAT}")
    return ProjectPlan(
        routes=tuple(RouteOutcome(**{**item, "reasons": _reasons(item["reasons"])}) for item in data["routes"]),
        files=tuple(
            FilePlan(item["path"], item["sha256"], tuple(map(edit_from_json, item["edits"]))) for item in data["files"]
        ),
        texts=tuple(TextPlan(**item) for item in data["texts"]),
        functions=tuple(
            FunctionOutcome(**{**item, "reasons": _reasons(item["reasons"])}) for item in data["functions"]
        ),
        calls=tuple(CallFact(**item) for item in data["calls"]),
        warnings=_reasons(data["warnings"]),
        tests_changed=tuple(data["tests_changed"]),
        facts=data["facts"],
    )
