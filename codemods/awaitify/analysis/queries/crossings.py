"""Unexecuted queries that cross functions: who only makes or refines them, and what keeps such a group as it is."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from awaitify.analysis.calls import Resolution
from awaitify.analysis.effects import Effects
from awaitify.analysis.entries.model import Entries
from awaitify.analysis.refusals import reason_at
from awaitify.plan_model import Reason
from awaitify.project.index import Function


@dataclass(eq=False)
class Crossings:
    """effectful: functions that do I/O or call one that does; the others of a group stay `def`, and their queries
    become selects. referenced: functions that are passed on as values."""

    resolution: Resolution
    entries: Entries
    effects: Effects
    effectful: set[Function]
    referenced: set[Function] = field(default_factory=set)

    def linked(self) -> set[Function]:
        """Every function that takes part in a crossing."""
        return {function for function, others in self.effects.crossing.links.items() if others}

    def builders(self, asyncs: Collection[Function]) -> set[Function]:
        """The sync functions that move with those that become async."""
        found = set[Function]()
        for function in asyncs:
            if function in self.effects.crossing.links:
                found |= self.effects.crossing.component(function)
        return found - set(asyncs)

    def neutral(self, moving: Collection[Function]) -> set[Function]:
        """Helpers that are given selects only: all that hands them a query moves."""
        crossing = self.effects.crossing
        found = {function for function in crossing.links if function not in moving and crossing.is_neutral(function)}
        found = {item for item in found if all(other in moving or other in found for other in crossing.links[item])}
        reached = {item for item in found if not crossing.links[item].isdisjoint(moving)}
        while new := {item for item in found - reached if not crossing.links[item].isdisjoint(reached)}:
            reached |= new
        return reached

    def problem(
        self, function: Function, asyncs: Collection[Function], twins: Collection[Function]
    ) -> list[Reason] | None:
        """Why a function cannot move with all that its queries cross; None when it can."""
        for other in sorted(self.effects.crossing.component(function), key=lambda item: item.id):
            reasons = self._own(other, asyncs, twins)
            if reasons and other is function:
                return reasons
            if reasons:
                shared = reason_at("shared-query", f"{other.id} has a part in its query and stays sync", other)
                return [shared, *reasons]
        return None

    def _own(self, function: Function, asyncs: Collection[Function], twins: Collection[Function]) -> list[Reason]:
        if function in twins:
            return [twins[function]] if isinstance(twins, dict) else []
        if function in asyncs:
            return []
        where = function.file.source.relative
        problems = self.effects.queries[function].problems if function in self.effects.queries else []
        if problems:
            return [Reason("query", why, where, node.start_point[0] + 1) for node, why in problems]
        if function in self.effectful:
            return [reason_at("query", f"{function.id} executes it and stays sync", function)]
        if function.file.is_test:
            return [reason_at("query", f"{function.id} is a test", function)]
        if function in self.referenced:
            return [reason_at("query", f"{function.id} is passed on as a value", function)]
        if self._is_called_by_fastapi(function):
            return [reason_at("query", f"{function.id} gives FastAPI a query", function)]
        unknown = [call for call in self.resolution.callers.get(function, ()) if call.function is None]
        return [reason_at("query", f"{function.id} is called at import", function)] if unknown else []

    def _is_called_by_fastapi(self, function: Function) -> bool:
        routes = self.entries.route_functions
        return function in routes or any(function in found for found in self.entries.depends_on.values())
